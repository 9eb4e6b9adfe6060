package rocketrides.consumer;

import io.vertx.core.Future;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.List;

/**
 * A projection whose change is one statement. A save is then a single statement, in which this one is nested, instead
 * of a transaction with at least four. Prefer it if the database can do the work.
 */
public interface SingleStatement<E> extends Projection<E> {

    /**
     * @param sql an INSERT, UPDATE or DELETE with the parameters $1, $2, …; a WITH in front of it may only read. It
     *     must return a column {@code shown} of type text, a description of the new state for people; any one of its
     *     rows is used
     */
    record Statement(String sql, Tuple parameters) {}

    /**
     * The statement that changes this projection's tables. Return the same text each time, so that Postgres plans it
     * once. It has no effect if the checkpoint cannot move.
     *
     * @param events never empty
     */
    Statement statement(Instance instance, List<E> events);

    @Override
    default Future<String> apply(Instance instance, List<E> events, SqlConnection transaction) {
        var change = statement(instance, events);
        return transaction
                .preparedQuery(change.sql())
                .execute(change.parameters())
                .map(rows -> rows.size() == 0 ? null : rows.iterator().next().getString("shown"));
    }
}
