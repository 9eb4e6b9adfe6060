package rocketrides.consumer;

import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlConnection;
import java.util.function.Function;

/**
 * Transactions in which a projection runs. The client's own transactions are unsafe here: they roll back automatically
 * when a statement reports that the transaction is aborted. If a projection hides that failure, its next statements
 * would run outside of a transaction and be committed.
 */
final class Transactions {
    private Transactions() {}

    /**
     * Completes with the result of {@code work} after the commit. Fails if {@code work} or one of its statements fails;
     * then nothing is committed. If the connection breaks, it may or may not be committed. The connection returns to
     * the pool without an open transaction.
     */
    static <T> Future<T> run(Pool pool, Function<SqlConnection, Future<T>> work) {
        return pool.getConnection().compose(connection -> connection
                .query("BEGIN")
                .execute()
                .compose(begun -> work.apply(connection))
                .compose(result -> commit(connection).map(result))
                .recover(t -> rollback(connection).transform(over -> Future.failedFuture(t)))
                .eventually(connection::close));
    }

    /**
     * Fails if the transaction is aborted: Postgres would answer a COMMIT alone with a rollback that is not an error.
     * COMMIT does the work of SET CONSTRAINTS anyway, and it is cheaper than a SELECT.
     */
    private static Future<?> commit(SqlConnection connection) {
        return connection.query("SET CONSTRAINTS ALL IMMEDIATE; COMMIT").execute();
    }

    /** Sent twice, because a late cancel request for an earlier statement may cancel the first ROLLBACK. */
    private static Future<?> rollback(SqlConnection connection) {
        return connection.query("ROLLBACK").execute().recover(t -> connection
                .query("ROLLBACK")
                .execute());
    }
}
