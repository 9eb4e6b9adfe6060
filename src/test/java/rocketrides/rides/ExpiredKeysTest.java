package rocketrides.rides;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static rocketrides.TestLog.await;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import rocketrides.TestLog;
import rocketrides.TestRole;
import rocketrides.api.TestApi;
import rocketrides.config.Settings;
import rocketrides.config.Settings.Delivery;
import rocketrides.runtime.Faults;

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

    /** For as long as the settings say: an hour here, not a day. */
    @Test
    void aRunningApiForgetsKeysPastTheirTimeAndNoOthers() {
        try (var api = new TestApi()) {
            api.log.sql("INSERT INTO idempotency_keys VALUES ('old', 'f', 1, now() - interval '61 minutes'),"
                    + " ('young', 'f', 2, now() - interval '59 minutes')");
            var settings = TestApi.DEFAULTS;
            api.deploy(
                    api.pool,
                    Faults.NONE,
                    new Settings.Api(
                            1,
                            settings.host(),
                            0,
                            settings.maxBody(),
                            settings.maxHeader(),
                            settings.maxConnections(),
                            settings.idleTimeout(),
                            Duration.ofHours(1)));
            TestApi.waitUntil(() -> api.count("idempotency_keys") == 1);
            assertEquals(
                    "young", api.log.row("SELECT key FROM idempotency_keys").getString(0));
        }
    }
}
