package rocketrides.status;

import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlConnection;
import java.util.List;
import java.util.regex.Pattern;

/**
 * An application's declaration of its consumers' totals, so that they are audited. The truth is what the application
 * itself has stored. At any moment it must equal what a consumer has counted plus what it has still to read. The
 * difference is unaccounted for.
 */
public interface Books {
    /** For an application whose totals are not audited. */
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
     * @param name the column in {@link #select}, and the name in status, metrics and page
     * @param unit written after an amount, for example {@code m}; may be empty
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

    /** The result of one check of the {@code audit} command. */
    record Finding(String check, boolean right, String detail) {}

    /** Empty if nothing is audited. */
    List<Quantity> quantities();

    /**
     * A SELECT without parameters. Its columns are {@code consumer}, one for each quantity with its name, and one for
     * each quantity's unaccounted amount, with the prefix {@code unaccounted_}. One row has a null consumer: it holds
     * the truth, and what is unaccounted for while no consumer is registered, otherwise 0. A consumer without a row is
     * not audited. The SELECT becomes a part of the statement that reads the {@link Status}, so it has the same
     * snapshot. It must be fast, because that statement has a timeout of some seconds.
     */
    String select();

    /**
     * Called before each audit, to prepare what makes {@link #select} fast; one call at a time. If it fails, the audit
     * is repeated later.
     */
    default Future<?> tend(Pool pool) {
        return Future.succeededFuture();
    }

    /**
     * Checks everything for the {@code audit} command, in a read-only transaction with one snapshot and without time
     * limit.
     */
    default Future<List<Finding>> check(SqlConnection snapshot) {
        return Future.succeededFuture(List.of());
    }
}
