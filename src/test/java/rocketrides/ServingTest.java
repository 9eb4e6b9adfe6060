package rocketrides;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static rocketrides.testing.Eventually.eventually;

import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import rocketrides.config.Settings.Delivery;
import rocketrides.testing.LogCapture;
import rocketrides.testing.TestApi;
import rocketrides.testing.TestLog;

/** What a process serves that has no api. */
class ServingTest {
    private final TestLog log = new TestLog(Delivery.AT_LEAST_ONCE);
    private final HttpClient http = HttpClient.newHttpClient();
    private Application application;

    @AfterEach
    void stop() {
        application.stop();
        log.close();
    }

    private void start(Map<String, String> settings) throws Exception {
        var environment = new HashMap<>(log.environment(settings));
        environment.putIfAbsent("ROCKET_RIDES_SIMULATOR_INSTANCES", "0");
        environment.putIfAbsent("ROCKET_RIDES_API_INSTANCES", "0");
        application = TestProgram.application(environment);
        application.start();
    }

    private HttpResponse<String> ask(String method, String path) throws Exception {
        var uri = URI.create("http://127.0.0.1:" + application.port() + path);
        var request = HttpRequest.newBuilder(uri).method(method, HttpRequest.BodyPublishers.noBody());
        return http.send(request.build(), BodyHandlers.ofString());
    }

    private HttpResponse<String> awaitReady(Predicate<JsonObject> wanted) throws Exception {
        var answer = new AtomicReference<HttpResponse<String>>();
        eventually(() -> "ready: " + answer.get().body(), () -> {
            answer.set(ask("GET", "/health/ready"));
            return wanted.test(new JsonObject(answer.get().body()));
        });
        return answer.get();
    }

    @Test
    void healthMetricsAndStatusAndNothingElse() throws Exception {
        try (var said = new LogCapture()) {
            start(Map.of("ROCKET_RIDES_CONSUMER_INSTANCES", "0"));
            said.await(
                    1,
                    line -> line.endsWith(
                            "no api; health, metrics and status at http://127.0.0.1:" + application.port()));
        }
        log.stage(3);
        assertEquals(200, ask("GET", "/health/live").statusCode());
        var ready =
                awaitReady(health -> health.getJsonObject("roles").fieldNames().contains("streamer0 (publishing)"));
        assertEquals(200, ready.statusCode(), ready::body);
        assertEquals("up", new JsonObject(ready.body()).getString("status"), ready::body);
        assertTrue(ask("GET", "/metrics").body().contains("rocketrides_segments_sealed_total"));
        assertTrue(new JsonObject(ask("GET", "/status").body())
                .fieldNames()
                .containsAll(Set.of("staged", "log", "consumers")));
        assertEquals(405, ask("DELETE", "/status").statusCode());
        for (var path : Set.of("/", "/rides", "/openapi.yaml", "/dashboard/events")) {
            var answer = ask("GET", path);
            assertEquals(404, answer.statusCode(), path);
            assertEquals(
                    "There is nothing here. This process has no api (api.instances is 0): it serves /health/live,"
                            + " /health/ready, /metrics and /status only.",
                    new JsonObject(answer.body()).getString("error"));
        }
    }

    @Test
    void aSimulatorWithoutAnApiHasToBeToldWhereOneIs() throws Exception {
        var refused =
                assertThrows(IllegalStateException.class, () -> start(Map.of("ROCKET_RIDES_SIMULATOR_INSTANCES", "1")));
        assertTrue(refused.getMessage().contains("simulator.api-port"), refused.getMessage());
        application.stop();
        start(Map.of("ROCKET_RIDES_API_INSTANCES", "1", "ROCKET_RIDES_CONSUMER_INSTANCES", "0"));
        var api = application;
        try {
            start(Map.of(
                    "ROCKET_RIDES_SIMULATOR_INSTANCES", "1",
                    "ROCKET_RIDES_SIMULATOR_PAUSE", "0s",
                    "ROCKET_RIDES_SIMULATOR_API_PORT", String.valueOf(api.port()),
                    "ROCKET_RIDES_STREAMER_INSTANCES", "0",
                    "ROCKET_RIDES_CONSUMER_INSTANCES", "0"));
            awaitReady(ready -> log.number("SELECT count(*) FROM rides") > 0);
        } finally {
            api.stop();
        }
    }

    /** Redis is away: sealing works, publishing does not, and publishing is this process's work. */
    @Test
    void isNotReadyWhileARoleOfItsOwnCannotWork() throws Exception {
        start(Map.of("ROCKET_RIDES_CONSUMER_INSTANCES", "0", "REDIS_URL", "redis://127.0.0.1:" + TestApi.freePort()));
        var ready = awaitReady(health -> health.getString("status").equals("down"));
        assertEquals(503, ready.statusCode(), ready::body);
        var roles = new JsonObject(ready.body()).getJsonObject("roles");
        assertEquals("failing", roles.getString("streamer0 (publishing)"), ready::body);
        assertEquals("up", roles.getString("streamer0 (sealing)"), ready::body);
        assertEquals(200, ask("GET", "/health/live").statusCode());
        assertEquals(200, ask("GET", "/status").statusCode());
    }

    /** Redis is away: the same process with an api answers requests, so it stays ready. */
    @Test
    void isReadyWithAnApiWhateverItsOtherRolesDo() throws Exception {
        start(Map.of("ROCKET_RIDES_API_INSTANCES", "1", "REDIS_URL", "redis://127.0.0.1:" + TestApi.freePort()));
        var ready = awaitReady(
                health -> "failing".equals(health.getJsonObject("roles").getString("streamer0 (publishing)")));
        assertEquals(200, ready.statusCode(), ready::body);
        assertEquals("degraded", new JsonObject(ready.body()).getString("status"), ready::body);
    }
}
