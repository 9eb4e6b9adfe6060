package rocketrides.consumer;

import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlConnection;
import java.util.function.Function;

/**
 * Transactions in which a projection works. They are not the client's own: those roll back by themselves when a statement
 * finds the transaction aborted, so what a projection that keeps this to itself does next would be committed.
 */
final class Transactions {
    private Transactions() {}

    /**
     * Completes with the result of {@code work} once that is committed. Fails if {@code work} does, or if one of its
     * statements has failed, and then nothing is committed; or if the connection broke, and then it may be. The connection
     * goes back clean.
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
     * Fails if the transaction is aborted: a COMMIT alone would be answered by a rollback that is no error. What goes
     * before it is done by COMMIT anyway, and is cheaper than a SELECT.
     */
    private static Future<?> commit(SqlConnection connection) {
        return connection.query("SET CONSTRAINTS ALL IMMEDIATE; COMMIT").execute();
    }

    /** Twice, if what was to cancel another statement comes too late for that. */
    private static Future<?> rollback(SqlConnection connection) {
        return connection.query("ROLLBACK").execute().recover(t -> connection
                .query("ROLLBACK")
                .execute());
    }
}
