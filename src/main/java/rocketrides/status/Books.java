package rocketrides.status;

import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlConnection;
import java.util.List;
import java.util.regex.Pattern;

/**
 * What an application declares about its consumers' totals, so that they are audited. The truth is what the application
 * itself has stored. At any moment it equals what a consumer has counted plus what is still on its way to that consumer;
 * the difference is unaccounted for.
 */
public interface Books {
    /** Of an application whose totals are not audited. */
    Books NONE = new Books() {
        @Override
        public List<Quantity> quantities() {
            return List.of();
        }

        @Override
        public String select() {
            throw new UnsupportedOperationException("there are no books");
        }
    };

    /**
     * A number that every consumer counts.
     *
     * @param name of a column in {@link #select}, and how the status, the metrics and the page call it
     * @param unit written behind an amount, for example {@code m}; may be empty
     */
    record Quantity(String name, String unit) {
        private static final Pattern NAME = Pattern.compile("(?!consumer$)[a-z][a-z_]{0,49}");

        public Quantity {
            if (!NAME.matcher(name).matches()) {
                throw new IllegalArgumentException("the quantity's name is \"" + name
                        + "\", allowed: 1 to 50 lower-case letters and _, but not \"consumer\"");
            }
        }
    }

    /** What one check of the {@code audit} command found. */
    record Finding(String check, boolean right, String detail) {}

    /** Empty if nothing is audited. */
    List<Quantity> quantities();

    /**
     * A SELECT without parameters, with the columns {@code consumer}, one for each quantity, by its name, and one for what
     * is unaccounted for of each, by its name after {@code unaccounted_}. The one row whose consumer is null holds the truth,
     * and what is unaccounted for while no consumer is registered, else 0. A consumer without a row is not audited. The
     * SELECT becomes a part of the statement that reads the {@link Status}, so it is on the same snapshot, and must take
     * less than some seconds.
     */
    String select();

    /**
     * Called before each comparison, for what makes {@link #select} quick; one call at a time. Fails if it could not do
     * that: then the books are compared later.
     */
    default Future<?> tend(Pool pool) {
        return Future.succeededFuture();
    }

    /** Checks everything anew for the {@code audit} command, in a read-only transaction of one snapshot without time limit. */
    default Future<List<Finding>> check(SqlConnection snapshot) {
        return Future.succeededFuture(List.of());
    }
}
