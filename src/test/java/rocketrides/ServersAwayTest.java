package rocketrides;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static rocketrides.testing.Eventually.eventually;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonObject;
import io.vertx.junit5.VertxExtension;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import rocketrides.testing.LogCapture;
import rocketrides.testing.OwnServers;
import rocketrides.testing.TestLog;

/**
 * Broken: Postgres, Redis or both are stopped for some seconds and started again, in any order. Must hold: no crash, few
 * words, 503 or 201 but nothing in between, and afterwards every acknowledged ride is counted once.
 */
@ExtendWith(VertxExtension.class)
class ServersAwayTest {
    private static final int OUTAGE_SECONDS = 2;

    @TempDir
    static Path directory;

    private static OwnServers servers;
    private static Map<String, String> environment;
    private final Set<Long> acknowledged = ConcurrentHashMap.newKeySet();
    private final Set<Integer> answers = ConcurrentHashMap.newKeySet();
    private volatile boolean loading;
    private Vertx vertx;
    private HttpClient http;
    private LogCapture log;
    private Application application;
    private Future<Void> load;

    @BeforeAll
    static void startServers(Vertx vertx) {
        servers = OwnServers.asAsked(directory, true, true);
        environment = new HashMap<>(servers.environment(vertx));
        environment.putAll(Map.of("API_PORT", "0", "ROCKET_RIDES_SIMULATOR_INSTANCES", "0"));
    }

    @AfterAll
    static void stopServers() {
        servers.close();
    }

    @BeforeEach
    void configure(Vertx vertx) {
        this.vertx = vertx;
        log = new LogCapture();
        http = vertx.createHttpClient();
        application = TestProgram.application(environment);
    }

    @AfterEach
    void stop() throws Exception {
        loading = false;
        if (load != null) {
            load.await(30, SECONDS);
        }
        application.stop();
        http.close().await(10, SECONDS);
        log.close();
    }

    private void startLoad() {
        loading = true;
        var clients = new ArrayList<Future<Void>>();
        for (int i = 0; i < 8; i++) {
            clients.add(TestLog.onContext(vertx, this::client));
        }
        load = Future.join(clients).mapEmpty();
    }

    private Future<Void> client() {
        if (!loading) {
            return Future.succeededFuture();
        }
        return http.request(HttpMethod.POST, application.port(), "127.0.0.1", "/rides")
                .compose(request ->
                        request.putHeader("Content-Type", "application/json").send("{\"distance\": 1.5}"))
                .compose(response -> response.body().onSuccess(body -> answered(response.statusCode(), body)))
                .mapEmpty()
                .compose(sent -> vertx.timer(5))
                .compose(waited -> client());
    }

    private void answered(int status, Buffer body) {
        answers.add(status);
        if (status == 201) {
            assertTrue(acknowledged.add(new JsonObject(body).getLong("id")), "an id was given twice");
        }
    }

    private JsonObject status() {
        return TestLog.await(
                TestLog.onContext(vertx, () -> http.request(HttpMethod.GET, application.port(), "127.0.0.1", "/status")
                        .compose(request -> request.send())
                        .compose(response -> response.body().map(Buffer::toJsonObject))));
    }

    private void assertEverythingIsCounted() throws Exception {
        loading = false;
        load.await(30, SECONDS);
        eventually(() -> "level: " + status(), () -> isLevel(status()));
        var status = status();
        var total = status.getJsonObject("total");
        // A ride whose outcome was unknown may be there without having been acknowledged, but not the other way round.
        assertTrue(total.getLong("rides") >= acknowledged.size());
        for (var consumer : status.getJsonArray("consumers")) {
            assertEquals(total, ((JsonObject) consumer).getJsonObject("total"));
        }
        assertTrue(Set.of(201, 503).containsAll(answers), () -> "answers were " + answers);
    }

    private static boolean isLevel(JsonObject status) {
        var consumers = status.getJsonArray("consumers");
        return consumers != null
                && consumers.size() == 2
                && status.getJsonObject("staged").getLong("count") == 0
                && consumers.stream().allMatch(c -> ((JsonObject) c).getLong("lag") == 0);
    }

    private List<String> outageLines() {
        return log.lines().stream()
                .filter(line -> line.contains("is failing") || line.contains("is working again"))
                .toList();
    }

    private void outageLasts(int seconds) {
        TestLog.await(vertx.timer(seconds, SECONDS));
    }

    private void awaitAcknowledged(int more) {
        int wanted = acknowledged.size() + more;
        eventually(() -> "rides are acknowledged again", () -> acknowledged.size() >= wanted);
    }

    @Test
    void survivesARedisOutageAndAcceptsRidesMeanwhile() throws Exception {
        application.start();
        startLoad();
        awaitAcknowledged(50);
        servers.redis().stop();
        awaitAcknowledged(50);
        outageLasts(OUTAGE_SECONDS);
        assertTrue(status().getJsonObject("log").getValue("stream_entries") == null);
        servers.redis().start();
        awaitAcknowledged(50);
        assertEverythingIsCounted();
        assertEquals(Set.of(201), answers);
        assertTrue(outageLines().size() <= 12, () -> "too many words: " + outageLines());
    }

    @Test
    void survivesAPostgresOutageAndSays503Meanwhile() throws Exception {
        application.start();
        startLoad();
        awaitAcknowledged(50);
        servers.postgres().stop();
        outageLasts(OUTAGE_SECONDS);
        servers.postgres().start();
        awaitAcknowledged(50);
        assertEverythingIsCounted();
        assertTrue(answers.contains(503));
        assertTrue(outageLines().size() <= 12, () -> "too many words: " + outageLines());
    }

    @Test
    void survivesAnOutageOfBoth() throws Exception {
        application.start();
        startLoad();
        awaitAcknowledged(50);
        servers.redis().stop();
        servers.postgres().stop();
        outageLasts(OUTAGE_SECONDS);
        servers.postgres().start();
        awaitAcknowledged(50);
        servers.redis().start();
        awaitAcknowledged(50);
        assertEverythingIsCounted();
    }

    @Test
    void startsWhileBothAreAwayAndWaitsForPostgres() throws Exception {
        servers.redis().stop();
        servers.postgres().stop();
        var starting = CompletableFuture.runAsync(() -> {
            try {
                application.start();
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        });
        outageLasts(2);
        assertTrue(!starting.isDone());
        servers.postgres().start();
        starting.get(30, SECONDS);
        startLoad();
        awaitAcknowledged(50);
        servers.redis().start();
        awaitAcknowledged(50);
        assertEverythingIsCounted();
        assertEquals(Set.of(201), answers);
    }
}
