package rocketrides.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static rocketrides.TestLog.await;

import org.junit.jupiter.api.Test;
import rocketrides.TestLog;
import rocketrides.TestRole;
import rocketrides.config.Settings.Delivery;

/** On a database without an API: that would forget keys, too. */
class ExpiredKeysTest {
    @Test
    void manyExpiredKeysGoInManySmallSteps() {
        try (var log = new TestLog(Delivery.AT_LEAST_ONCE)) {
            log.sql("INSERT INTO idempotency_keys SELECT 'k' || g, 'f', g, now() - interval '2 days'"
                    + " FROM generate_series(1, 2500) g");
            var expired = new ExpiredKeys(log.pool(TestRole.API), TestApi.DEFAULTS.idempotencyRetention());
            assertTrue(await(expired.runOnce()).isZero());
            assertEquals(1_500, log.number("SELECT count(*) FROM idempotency_keys"));
            assertTrue(await(expired.runOnce()).isZero());
            assertFalse(await(expired.runOnce()).isZero());
            assertEquals(0, log.number("SELECT count(*) FROM idempotency_keys"));
        }
    }
}
