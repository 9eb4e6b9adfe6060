package rocketrides.rides;

import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Deletes expired idempotency keys, oldest first, in small batches. Any number of processes may do this at the same
 * time: none waits for another one, or for a booking.
 */
public final class ExpiredKeys {
    static final int BATCH = 1_000;
    private static final Duration IDLE = Duration.ofMinutes(1);
    private static final long TIMEOUT_SECONDS = 10;

    private static final String DELETE = """
            DELETE FROM idempotency_keys WHERE ctid = ANY (ARRAY(
              SELECT ctid FROM idempotency_keys WHERE created_at < now() - $1::bigint * interval '1 ms'
               ORDER BY created_at LIMIT $2 FOR UPDATE SKIP LOCKED))""";

    private ExpiredKeys() {}

    /** Deletes one batch of keys older than {@code retention}. Completes with the time until the next pass: zero if there may be more. */
    public static Future<Duration> delete(Pool pool, Duration retention) {
        return pool.preparedQuery(DELETE)
                .execute(Tuple.of(retention.toMillis(), BATCH))
                .timeout(TIMEOUT_SECONDS, TimeUnit.SECONDS)
                .map(deleted -> deleted.rowCount() == BATCH ? Duration.ZERO : IDLE);
    }
}
