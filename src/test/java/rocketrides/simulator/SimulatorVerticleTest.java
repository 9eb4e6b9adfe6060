package rocketrides.simulator;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static rocketrides.testing.Eventually.eventually;

import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.junit5.VertxExtension;
import java.io.IOException;
import java.math.BigDecimal;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import rocketrides.config.Settings;
import rocketrides.testing.LogCapture;

@ExtendWith(VertxExtension.class)
class SimulatorVerticleTest {
    private static final String ACCEPTED = "{\"message\": \"Payment accepted.\", \"id\": 1}";

    private final List<String> requests = new CopyOnWriteArrayList<>();
    private Vertx vertx;
    private LogCapture log;

    @BeforeEach
    void start(Vertx vertx) {
        this.vertx = vertx;
        rocketrides.runtime.Events.register(vertx);
        log = new LogCapture();
    }

    @AfterEach
    void stop() {
        log.close();
    }

    @Test
    void initiatesARequest() throws TimeoutException {
        var api = accepting();
        simulate(api.actualPort(), 1, Duration.ofHours(1));
        eventually("1 requests", () -> requests.size() == 1);
        assertTrue(requests.get(0).startsWith("POST /rides application/json {\"distance\": "), requests.get(0));
        log.await(1, "INFO simulator 201 Payment accepted."::equals);
    }

    @Test
    void booksDistancesWithinTheRangeThatDiffer() throws TimeoutException {
        simulate(accepting().actualPort(), 4, Duration.ZERO);
        eventually("500 requests", () -> requests.size() >= 500);
        var distances = requests.stream()
                .map(r -> new BigDecimal(r.replaceAll(".*: (.*)}", "$1")))
                .toList();
        assertTrue(distances.stream().allMatch(d -> d.compareTo(new BigDecimal("5.5")) >= 0));
        assertTrue(distances.stream().allMatch(d -> d.compareTo(new BigDecimal("7.25")) <= 0));
        assertTrue(distances.stream().distinct().count() > 50);
    }

    @Test
    void hasAsManyRidesUnderWayAsItIsToldTo() throws TimeoutException {
        var waiting = new CopyOnWriteArrayList<HttpServerRequest>();
        var api = api(0, waiting::add);
        simulate(api.actualPort(), 3, Duration.ZERO);
        eventually("3 requests", () -> waiting.size() == 3);
        waiting.get(0).response().setStatusCode(201).end(ACCEPTED);
        eventually("4 requests", () -> waiting.size() == 4);
    }

    @Test
    void sumsUpWhenResponsesAreMany() throws TimeoutException {
        simulate(accepting().actualPort(), 8, Duration.ZERO);
        log.await(2, line -> line.matches("INFO simulator [\\d,]+ responses? in the last second: [\\d,]+ × 201"));
        assertTrue(log.lines().size() < 30, log.lines().size() + " lines");
    }

    @Test
    void goesOnAfterAnErrorThatIsNoOutage() throws TimeoutException {
        var api = api(0, request -> request.response().setStatusCode(500).end("{\"error\": \"Something.\"}"));
        simulate(api.actualPort(), 1, Duration.ZERO);
        log.await(5, "INFO simulator 500 Something."::equals);
    }

    @Test
    void asksForTheSameRideWithTheSameKeyUntilItKnows() throws TimeoutException {
        var outcomes = new ArrayDeque<>(List.of(500, 0, 503, 201, 422, 201));
        var asked = new CopyOnWriteArrayList<String>();
        var api = api(0, request -> request.body().onSuccess(body -> {
            asked.add(request.getHeader("Idempotency-Key") + " " + body);
            int status = outcomes.isEmpty() ? 201 : outcomes.poll();
            if (status == 0) {
                request.connection().close(); // the answer is lost
            } else {
                request.response().setStatusCode(status).end(ACCEPTED);
            }
        }));
        simulate(api.actualPort(), 1, Duration.ZERO);
        eventually("6 requests", () -> asked.size() >= 6);
        var six = List.copyOf(asked).subList(0, 6); // it goes on asking
        assertEquals(1, Set.copyOf(six.subList(0, 4)).size(), six.toString());
        assertEquals(3, Set.copyOf(six.subList(3, 6)).size(), six.toString());
        assertTrue(six.get(0).matches("\"[0-9a-f-]{36}\" \\{\"distance\": .*"), six.get(0));
    }

    @Test
    void asksAgainWhenNoAnswerComesInTime() throws TimeoutException {
        var asked = new CopyOnWriteArrayList<String>();
        var api = api(0, request -> {
            asked.add(request.getHeader("Idempotency-Key"));
            if (asked.size() > 1) {
                request.response().setStatusCode(201).end(ACCEPTED);
            }
        });
        simulate(api.actualPort(), 1, Duration.ZERO);
        eventually("3 requests", () -> asked.size() >= 3);
        assertEquals(asked.get(0), asked.get(1));
        assertNotEquals(asked.get(1), asked.get(2));
    }

    @Test
    void survivesAnApiThatIsAwayWithOneLine() throws Exception {
        var port = freePort();
        simulate(port, 8, Duration.ZERO);
        var failing = log.await(1, line -> line.contains("is failing and keeps trying"));
        api(port, request -> request.response().setStatusCode(201).end(ACCEPTED));
        log.await(1, line -> line.contains("is working again"));
        log.await(1, line -> line.startsWith("INFO simulator 201"));
        assertEquals(1, log.await(1, line -> line.contains("is failing")).size(), failing.toString());
    }

    @Test
    void backsOffFromAnApiThatIsUnavailable() throws TimeoutException {
        var calls = new AtomicInteger();
        var api = api(0, request -> {
            calls.incrementAndGet();
            request.response().setStatusCode(503).end("{\"error\": \"Please try again.\"}");
        });
        var started = System.nanoTime();
        simulate(api.actualPort(), 32, Duration.ZERO);
        log.await(1, line -> line.contains("the api answers 503"));
        // Each loop once, and then only one of them, with pauses that double: 50 + 100 + 200 + 400 + 800 ms at least.
        eventually("37 calls", () -> calls.get() >= 32 + 5);
        assertTrue(System.nanoTime() - started >= 1_500_000_000L, "37 calls came too soon");
        assertEquals(1, log.lines().stream().filter(l -> l.contains("503")).count());
    }

    @Test
    void stoppingWaitsForTheAnswerUnderWay() throws TimeoutException {
        var waiting = new CopyOnWriteArrayList<HttpServerRequest>();
        var api = api(0, waiting::add);
        var id = simulate(api.actualPort(), 1, Duration.ZERO);
        eventually("1 requests", () -> waiting.size() == 1);
        var stopped = vertx.undeploy(id);
        vertx.setTimer(
                200, timer -> waiting.get(0).response().setStatusCode(201).end(ACCEPTED));
        stopped.await(5, SECONDS);
        assertEquals(1, log.lines().stream().filter(l -> l.contains("201")).count());
        assertEquals(1, waiting.size());
    }

    @ParameterizedTest
    @CsvSource({"::1, [::1]", "::, [::1]", "0.0.0.0, 127.0.0.1", "127.0.0.1, 127.0.0.1"})
    void asksTheHostThatTheApiListensOn(String host, String asked) throws TimeoutException {
        var hosts = new CopyOnWriteArrayList<String>();
        var api = vertx.createHttpServer()
                .requestHandler(request -> {
                    hosts.add(request.getHeader("Host"));
                    request.response().setStatusCode(201).end(ACCEPTED);
                })
                .listen(0, host)
                .await(5, SECONDS);
        simulate(host, api.actualPort(), 1, Duration.ofHours(1));
        eventually("a request", () -> !hosts.isEmpty());
        assertEquals(asked + ":" + api.actualPort(), hosts.get(0));
    }

    private HttpServer accepting() throws TimeoutException {
        return api(0, request -> request.body().onSuccess(body -> {
            requests.add(
                    request.method() + " " + request.path() + " " + request.getHeader("Content-Type") + " " + body);
            request.response().setStatusCode(201).end(ACCEPTED);
        }));
    }

    private HttpServer api(int port, Handler<HttpServerRequest> handler) throws TimeoutException {
        return vertx.createHttpServer()
                .requestHandler(handler)
                .listen(port, "127.0.0.1")
                .await(5, SECONDS);
    }

    private String simulate(int port, int concurrency, Duration pause) throws TimeoutException {
        return simulate("0.0.0.0", port, concurrency, pause);
    }

    private String simulate(String host, int port, int concurrency, Duration pause) throws TimeoutException {
        var settings = new SimulatorSettings(
                1,
                new Settings.DurationRange(pause, pause),
                concurrency,
                "127.0.0.1",
                0,
                new BigDecimal("5.5"),
                new BigDecimal("7.25"));
        return vertx.deployVerticle(new SimulatorVerticle("simulator0", settings, host, port))
                .await(5, SECONDS);
    }

    private static int freePort() throws IOException {
        try (var socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }
}
