package rocketrides.log;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import rocketrides.runtime.Events;

/**
 * Stages records in the transaction that changes the application's rows, so that both commit or neither does. Wakes the
 * streamers after the commit. If the process dies before that, the streamers find the records at their next poll. May
 * be used from any context.
 */
public final class Staging {
    // Without a notification: a transaction that notifies holds a server-wide lock while it commits.
    private static final String STAGE = "SELECT stage_record($1, $2, $3, $4, wake => false)";

    private final Vertx vertx;
    private final Pool pool;

    /** The number of records that each open transaction has staged. */
    private final Map<SqlConnection, Integer> open = new ConcurrentHashMap<>();

    public Staging(Vertx vertx, Pool pool) {
        this.vertx = vertx;
        this.pool = pool;
    }

    /**
     * Runs {@code work} in a transaction, in which it may {@link #stage} records. Completes with its result after the
     * commit, and wakes the streamers. If {@code work} fails, the transaction is rolled back and the future fails the
     * same way. If the connection breaks, the future fails, and the transaction may or may not have been committed.
     */
    public <T> Future<T> inTransaction(Function<SqlConnection, Future<T>> work) {
        int[] records = {0};
        return pool.withTransaction(transaction -> {
                    open.put(transaction, 0);
                    return Future.succeededFuture(transaction)
                            .compose(work)
                            .onComplete(done -> records[0] = open.remove(transaction));
                })
                .onSuccess(committed -> {
                    if (records[0] > 0) {
                        staged(records[0]);
                    }
                });
    }

    /**
     * Stages a record without a key. If the log has several partitions, such records of one transaction may be in
     * different partitions, without an order between them. For the rest see
     * {@link #stage(SqlConnection, String, String, String, JsonObject)}.
     */
    public Future<Void> stage(SqlConnection transaction, String action, String object, JsonObject data) {
        return stage(transaction, null, action, object, data);
    }

    /**
     * Stages a record in a transaction. Completes when Postgres has inserted it. Fails with a reason if Postgres
     * refuses it: a name must have 1 to 64 of the characters {@code a-z_}, and data at most 1 MiB.
     *
     * @param action what happened, for example {@code create}
     * @param object what it happened to, for example {@code order}
     * @param key records with the same key are in one partition, so every consumer applies them in their order, for
     *     example {@code customer 7}; null if the order does not matter
     */
    public Future<Void> stage(SqlConnection transaction, String key, String action, String object, JsonObject data) {
        return transaction
                .preparedQuery(STAGE)
                .execute(Tuple.of(action, object, data, key))
                .onSuccess(staged -> open.computeIfPresent(transaction, (any, records) -> records + 1))
                .mapEmpty();
    }

    /** Wakes the streamers. For writers with their own SQL: {@code records} records were staged and are committed. */
    public void staged(int records) {
        Events.publish(vertx, new Events.Staged(records));
    }
}
