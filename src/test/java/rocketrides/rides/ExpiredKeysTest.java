package rocketrides.rides;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static rocketrides.testing.Eventually.eventually;
import static rocketrides.testing.TestLog.await;

import io.vertx.core.Future;
import java.time.Duration;
import java.util.Map;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import rocketrides.TestProgram;
import rocketrides.config.Settings.Delivery;
import rocketrides.testing.TestLog;
import rocketrides.testing.TestRole;

/** On a database without an API, because that would also delete keys. */
class ExpiredKeysTest {
    @Test
    void manyExpiredKeysGoInManySmallSteps() {
        try (var log = new TestLog(Delivery.AT_LEAST_ONCE)) {
            log.sql("INSERT INTO idempotency_keys SELECT 'k' || g, 'f', g, now() - interval '2 days'"
                    + " FROM generate_series(1, 2500) g");
            var pool = log.pool(TestRole.API);
            Supplier<Future<Duration>> pass = () -> ExpiredKeys.delete(pool, Duration.ofHours(24));
            assertTrue(await(pass.get()).isZero());
            assertEquals(1_500, log.number("SELECT count(*) FROM idempotency_keys"));
            assertTrue(await(pass.get()).isZero());
            assertFalse(await(pass.get()).isZero());
            assertEquals(0, log.number("SELECT count(*) FROM idempotency_keys"));
        }
    }

    /** As long as configured: here an hour, not a day. */
    @Test
    void aRunningApiForgetsKeysPastTheirTimeAndNoOthers() throws Exception {
        try (var log = new TestLog(Delivery.AT_LEAST_ONCE)) {
            log.sql("INSERT INTO idempotency_keys VALUES ('old', 'f', 1, now() - interval '61 minutes'),"
                    + " ('young', 'f', 2, now() - interval '59 minutes')");
            var application = TestProgram.application(log.environment(Map.of(
                    "ROCKET_RIDES_API_IDEMPOTENCY_RETENTION", "1h",
                    "ROCKET_RIDES_STREAMER_INSTANCES", "0",
                    "ROCKET_RIDES_CONSUMER_INSTANCES", "0",
                    "ROCKET_RIDES_SIMULATOR_INSTANCES", "0")));
            try {
                application.start();
                eventually("the expired key is gone", () -> log.number("SELECT count(*) FROM idempotency_keys") == 1);
            } finally {
                application.stop();
            }
            assertEquals("young", log.row("SELECT key FROM idempotency_keys").getString(0));
        }
    }
}
