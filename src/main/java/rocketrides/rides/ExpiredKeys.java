package rocketrides.rides;

import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Forgets idempotency keys that are past their time, oldest first and few at once. Any number may do it together; none
 * waits for another, or for a booking.
 */
public final class ExpiredKeys {
    static final int BATCH = 1_000;
    private static final Duration IDLE = Duration.ofMinutes(1);
    private static final long TIMEOUT_SECONDS = 10;

    private static final String DELETE = """
            DELETE FROM idempotency_keys WHERE ctid = ANY (ARRAY(
              SELECT ctid FROM idempotency_keys WHERE created_at < now() - $1::bigint * interval '1 ms'
               ORDER BY created_at LIMIT $2 FOR UPDATE SKIP LOCKED))""";

    private final Pool pool;
    private final Duration retention;

    public ExpiredKeys(Pool pool, Duration retention) {
        this.pool = pool;
        this.retention = retention;
    }

    /** How long to wait before the next pass: not at all when there may be more. */
    public Future<Duration> runOnce() {
        return pool.preparedQuery(DELETE)
                .execute(Tuple.of(retention.toMillis(), BATCH))
                .timeout(TIMEOUT_SECONDS, TimeUnit.SECONDS)
                .map(deleted -> deleted.rowCount() == BATCH ? Duration.ZERO : IDLE);
    }
}
