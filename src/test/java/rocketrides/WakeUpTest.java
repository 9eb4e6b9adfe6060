package rocketrides;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static rocketrides.testing.Eventually.eventually;

import io.vertx.core.http.HttpMethod;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import rocketrides.config.Settings.Delivery;
import rocketrides.testing.TestLog;

/** Processes whose streamer looks by itself once an hour only. Must hold: whatever is staged anywhere is published at once. */
class WakeUpTest {
    private final TestLog log = new TestLog(Delivery.AT_LEAST_ONCE);
    private final List<Application> processes = new ArrayList<>();

    @AfterEach
    void stop() {
        for (int i = processes.size() - 1; i >= 0; i--) {
            processes.get(i).stop();
        }
        log.close();
    }

    /** With one instance of this role and none of the others. */
    private Application start(String role) throws Exception {
        var environment = new HashMap<>(Map.of(
                "ROCKET_RIDES_API_INSTANCES", "0",
                "ROCKET_RIDES_STREAMER_INSTANCES", "0",
                "ROCKET_RIDES_CONSUMER_INSTANCES", "0",
                "ROCKET_RIDES_SIMULATOR_INSTANCES", "0",
                "ROCKET_RIDES_STREAMER_POLL_INTERVAL", "1h",
                "ROCKET_RIDES_FAILURES_STREAMER_AFTER_PUBLISH", "0"));
        environment.put("ROCKET_RIDES_" + role + "_INSTANCES", "1");
        var process = TestProgram.application(log.environment(environment));
        processes.add(process);
        process.start();
        return process;
    }

    private void awaitPublished(long records) {
        eventually(
                "record " + records + " is published", () -> log.number("SELECT published FROM log_cursor") >= records);
    }

    private void stage() {
        log.sql("SELECT stage_record('create', 'payment', '{\"id\": 1}')");
    }

    @Test
    void sqlOfAnotherProgramWakesTheStreamer() throws Exception {
        start("STREAMER");
        for (int records = 1; records <= 3; records++) {
            stage();
            awaitPublished(records);
        }
    }

    @Test
    void anApiWakesTheStreamerOfAnotherProcess() throws Exception {
        start("STREAMER");
        var api = start("API");
        var http = log.vertx.createHttpClient();
        for (int records = 1; records <= 3; records++) {
            var answer = TestLog.await(http.request(HttpMethod.POST, api.port(), "127.0.0.1", "/rides")
                    .compose(request -> request.putHeader("Content-Type", "application/json")
                            .send("{\"distance\": 1}")));
            assertEquals(201, answer.statusCode());
            awaitPublished(records);
        }
    }

    /** Must hold: what is staged while nobody listens is found as soon as somebody does. */
    @Test
    void aListenerThatIsCutOffListensAgain() throws Exception {
        start("STREAMER");
        for (int records = 1; records <= 3; records++) {
            stage();
            awaitPublished(records);
            assertEquals(
                    1,
                    log.number(
                            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'"
                                    + " AND datname = current_database()"));
            stage();
            awaitPublished(++records);
        }
    }
}
