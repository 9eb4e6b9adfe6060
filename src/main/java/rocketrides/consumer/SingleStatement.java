package rocketrides.consumer;

import io.vertx.core.Future;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.List;

/**
 * A projection whose change is one statement. A save is then a single statement too, the checkpoint's with this one inside,
 * instead of a transaction of at least four: prefer it where the database can do the work.
 */
public interface SingleStatement<E> extends Projection<E> {

    /**
     * @param sql an INSERT, UPDATE or DELETE with the parameters $1, $2, …; a WITH before it may only read. It
     *     returns a column {@code shown} of type text: what people are to be shown of the new state, from any one of its rows
     */
    record Statement(String sql, Tuple parameters) {}

    /**
     * What changes this projection's own tables. The same text each time, so that Postgres plans it once. It changes
     * nothing if the checkpoint cannot move.
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
