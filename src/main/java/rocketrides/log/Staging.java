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
 * Stages records in the transaction that changes what they are about, so that both commit or neither does. After the commit
 * it wakes the streamers. If the process dies before it does, they find the records at their next poll. May be used from any
 * context.
 */
public final class Staging {
    // Without a notification: a transaction that notifies holds a lock of the whole server while it commits.
    private static final String STAGE = "SELECT stage_record($1, $2, $3, $4, wake => false)";

    private final Vertx vertx;
    private final Pool pool;

    /** How many records each open transaction has staged. */
    private final Map<SqlConnection, Integer> open = new ConcurrentHashMap<>();

    public Staging(Vertx vertx, Pool pool) {
        this.vertx = vertx;
        this.pool = pool;
    }

    /**
     * Runs {@code work} in a transaction, in which it may {@link #stage} records. Completes with its result once that is
     * committed, and wakes the streamers. Fails with the failure of {@code work}, and nothing was written; or if the
     * connection broke, and then it may have been committed or not.
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
     * Stages a record that need not keep an order with others. Records that one transaction stages so may be in several
     * partitions, if the log has several. For the rest see {@link #stage(SqlConnection, String, String, String, JsonObject)}.
     */
    public Future<Void> stage(SqlConnection transaction, String action, String object, JsonObject data) {
        return stage(transaction, null, action, object, data);
    }

    /**
     * Stages a record in a transaction. Completes when Postgres has taken it; fails if Postgres refuses it, and says why:
     * a name that is not 1 to 64 of {@code a-z_}, or more than 1 MiB of data.
     *
     * @param key records with the same key are in one partition, so every consumer applies them in their order, for example
     *     {@code customer 7}; null if there is none
     * @param action what happened, for example {@code create}
     * @param object what it happened to, for example {@code order}
     */
    public Future<Void> stage(SqlConnection transaction, String key, String action, String object, JsonObject data) {
        return transaction
                .preparedQuery(STAGE)
                .execute(Tuple.of(action, object, data, key))
                .onSuccess(staged -> open.computeIfPresent(transaction, (any, records) -> records + 1))
                .mapEmpty();
    }

    /** Wakes the streamers, for a writer with SQL of its own: so many records were staged and are committed. */
    public void staged(int records) {
        Events.publish(vertx, new Events.Staged(records));
    }
}
