package rocketrides;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static rocketrides.testing.Eventually.eventually;

import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpMethod;
import io.vertx.redis.client.Command;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import rocketrides.config.Settings.Delivery;
import rocketrides.runtime.Faults;
import rocketrides.testing.TestLog;

/** Tests that the whole program calls each of its parts. The parts themselves are tested elsewhere. */
class WiringTest {
    private final TestLog log = new TestLog(Delivery.AT_LEAST_ONCE);
    private Application application;

    @AfterEach
    void stop() {
        application.stop();
        log.close();
    }

    private void start(Map<String, String> settings) throws Exception {
        var environment = new HashMap<>(Map.of(
                "ROCKET_RIDES_SIMULATOR_INSTANCES", "0",
                "ROCKET_RIDES_FAILURES_STREAMER_AFTER_PUBLISH", "0",
                "ROCKET_RIDES_FAILURES_CONSUMER_BEFORE_SAVE", "0"));
        environment.putAll(settings);
        application = TestProgram.application(log.environment(environment));
        application.start();
    }

    private void book(HttpClient http) {
        TestLog.await(TestLog.onContext(
                log.vertx, () -> http.request(HttpMethod.POST, application.port(), "127.0.0.1", "/rides")
                        .compose(request -> request.putHeader("Content-Type", "application/json")
                                .send("{\"distance\": 1}"))
                        .compose(response -> response.body())));
    }

    /** The second ride arrives when the streamer would poll again only in an hour. */
    @Test
    void aBookedRideWakesTheStreamer() throws Exception {
        start(Map.of("ROCKET_RIDES_STREAMER_POLL_INTERVAL", "1h"));
        var http = log.vertx.createHttpClient();
        for (int i = 1; i <= 3; i++) {
            int rides = i;
            book(http);
            eventually(
                    "ride " + rides + " is counted by both consumers",
                    () -> log.number("SELECT count(*) FROM total_distances WHERE rides = $1", (long) rides) == 2);
        }
    }

    @Test
    void theFloorRisesWhileThereIsWork() throws Exception {
        start(Map.of());
        eventually("the floor has risen", () -> {
            log.stage(1);
            return log.number("SELECT floor FROM log_head") > 0;
        });
    }

    @Test
    void theStreamIsTrimmed() throws Exception {
        start(Map.of("ROCKET_RIDES_LOG_MAX_LENGTH", "10"));
        log.stage(2_000);
        eventually("all is published", () -> log.number("SELECT published FROM log_cursor") == 2_000);
        var entries = log.redis(Command.XLEN, log.settings.stream()).toLong();
        assertTrue(entries < 1_000, entries + " entries are left of 2,000, log.max-length is 10");
    }

    @Test
    void expiredIdempotencyKeysAreDeleted() throws Exception {
        log.sql(
                "INSERT INTO idempotency_keys VALUES ('old', 'f', 1, now() - interval '25 hours'), ('young', 'f', 2, now())");
        start(Map.of());
        eventually("the expired key is gone", () -> log.number("SELECT count(*) FROM idempotency_keys") == 1);
        assertTrue(log.number("SELECT count(*) FROM idempotency_keys WHERE key = 'young'") == 1);
    }

    @Test
    void segmentsPastTheirRetentionAreDeleted() throws Exception {
        var streamer = log.streamer(log.stream(), Faults.NONE, 10);
        log.stage(30);
        log.relay(streamer);
        log.sql("UPDATE log_segments SET sealed_at = now() - interval '8 days'");
        var consumer0 = log.consumer("consumer0");
        log.consume(consumer0, "consumer0");
        start(Map.of("ROCKET_RIDES_CONSUMER_INSTANCES", "1"));
        eventually("only the newest segment is left", () -> log.number("SELECT count(*) FROM log_segments") == 1);
    }
}
