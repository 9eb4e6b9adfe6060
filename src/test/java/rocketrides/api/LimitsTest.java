package rocketrides.api;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static rocketrides.testing.Eventually.eventually;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.junit5.VertxExtension;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import rocketrides.config.Settings;
import rocketrides.runtime.Faults;
import rocketrides.testing.TestApi;
import rocketrides.testing.TestLog;

/** No client can hold the server up; and the server, when it stops, lets no client down. */
@ExtendWith(VertxExtension.class)
class LimitsTest {
    private static final Duration IDLE = Duration.ofMillis(400);
    private static final String STATUS = "GET /status HTTP/1.1\r\nHost: x\r\n\r\n";

    private final List<HttpServerResponse> streams = new CopyOnWriteArrayList<>();
    private TestApi api;

    @BeforeEach
    void start(Vertx vertx) {
        api = new TestApi(vertx);
    }

    @AfterEach
    void stop() {
        api.close();
    }

    @Test
    void theSizesAreThoseConfigured() throws IOException {
        var port = deploy(100, 1_024, 10, Duration.ofSeconds(60));
        var json = Map.of("Content-Type", "application/json");
        assertEquals(201, TestApi.send(port, "POST", "/rides", json, body(100)).status());
        assertEquals(413, TestApi.send(port, "POST", "/rides", json, body(101)).status());
        assertEquals(
                200,
                TestApi.send(port, "GET", "/status", Map.of("X", "y".repeat(900)), "")
                        .status());
        assertEquals(
                431,
                TestApi.send(port, "GET", "/status", Map.of("X", "y".repeat(1_100)), "")
                        .status());
    }

    @Test
    void oneConnectionTooManyIsClosedAndHarmsNobody() throws Exception {
        var port = deploy(100, 1_024, 3, Duration.ofSeconds(60));
        var sockets = new ArrayList<Socket>();
        try {
            for (int i = 0; i < 3; i++) {
                sockets.add(connect(port));
                assertTrue(asks(sockets.get(i)));
            }
            assertFalse(asks(connect(port)));
            for (var socket : sockets) {
                assertTrue(asks(socket));
            }
            sockets.get(0).close();
            eventually("a connection is taken again", () -> {
                try (var again = connect(port)) {
                    return asks(again);
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            });
        } finally {
            for (var socket : sockets) {
                socket.close();
            }
        }
    }

    @Test
    void anIdleConnectionIsClosed() throws IOException {
        var port = impatient();
        var began = System.nanoTime();
        try (var silent = connect(port);
                var used = connect(port)) {
            assertTrue(asks(used));
            assertEquals("", TestApi.readAll(silent));
            assertTrue(System.nanoTime() - began > IDLE.toNanos(), "closed before its time");
            TestApi.readAll(used);
        }
    }

    @Test
    void whoAsksButNeverTakesTheAnswersIsCutOff() throws Exception {
        var port = deploy(100, 1_024, 1, IDLE);
        try (var greedy = new Socket()) {
            greedy.setReceiveBufferSize(4_096);
            greedy.connect(new InetSocketAddress("127.0.0.1", port));
            var document = "GET /openapi.yaml HTTP/1.1\r\nHost: x\r\n\r\n";
            greedy.getOutputStream().write(document.repeat(2_000).getBytes(StandardCharsets.UTF_8));
            eventually("another connection is taken", () -> {
                try (var another = connect(port)) {
                    return asks(another);
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            });
        }
    }

    @Test
    void headersThatComeByDropsAreGivenUp() throws Exception {
        assertEquals("", dripping(impatient(), "GET /status HTTP/1.1\r\nX: ", "y"));
    }

    @Test
    void aBodyThatComesByDropsIs408() throws Exception {
        var answer = dripping(
                impatient(),
                "POST /rides HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9000\r\n\r\n",
                " ");
        var parsed = TestApi.parse(answer);
        assertEquals(408, parsed.status());
        assertEquals("The request took too long to arrive.", parsed.error());
        assertEquals(0, api.count("rides"));
    }

    @Test
    void whoWaitsForOurAnswerIsNotIdle() throws Exception {
        var port = impatient();
        var lock = TestLog.await(api.log.pool.getConnection());
        TestLog.await(lock.query("BEGIN; LOCK TABLE rides IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(0)")
                .execute());
        var booking = CompletableFuture.supplyAsync(() -> {
            try {
                return TestApi.book(port, "k", "1");
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });
        TestLog.await(lock.query("SELECT pg_sleep(1.2)").execute());
        assertFalse(booking.isDone());
        TestLog.await(lock.query("COMMIT").execute());
        TestLog.await(lock.close());
        assertEquals(201, booking.get(10, SECONDS).status());
    }

    @Test
    void aLiveStreamLastsAndEndsFirstWhenTheApiStops() throws Exception {
        var port = TestApi.deploy(api.vertx, api.pool, Faults.NONE, settings(100, 1_024, 10, IDLE), List.of(stream()));
        try (var viewer = connect(port);
                var idle = connect(port)) {
            viewer.getOutputStream().write("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.UTF_8));
            eventually("the stream has begun", () -> streams.size() == 1);
            TestApi.readAll(idle); // ends when the idle time is over
            streams.get(0).write("still here");
            var began = System.nanoTime();
            var id = api.vertx.deploymentIDs().iterator().next();
            TestLog.await(api.vertx.undeploy(id));
            assertTrue(System.nanoTime() - began < SECONDS.toNanos(5), "waited for the stream");
            var all = TestApi.readAll(viewer);
            assertTrue(all.contains("still here") && all.endsWith("bye\r\n0\r\n\r\n"), all);
            assertThrows(ConnectException.class, () -> connect(port));
        }
    }

    private Consumer<Router> stream() {
        return router -> router.get("/stream").handler((RoutingContext request) -> {
            var response = request.response().setChunked(true);
            response.write("hello");
            streams.add(response);
            request.request().connection().shutdownHandler(ignored -> response.end("bye"));
        });
    }

    /** Sends the head, then a byte at a time, until the server has had enough; returns what it said. */
    private static String dripping(int port, String head, String drop) throws Exception {
        try (var socket = connect(port)) {
            socket.setSoTimeout(50);
            socket.getOutputStream().write(head.getBytes(StandardCharsets.UTF_8));
            var answer = new StringBuilder();
            var deadline = System.nanoTime() + SECONDS.toNanos(20);
            while (true) {
                assertTrue(System.nanoTime() < deadline, "held on for 20 s");
                try {
                    var read = socket.getInputStream().read();
                    if (read < 0) {
                        return answer.toString();
                    }
                    answer.append((char) read);
                } catch (SocketTimeoutException e) {
                    socket.getOutputStream().write(drop.getBytes(StandardCharsets.UTF_8));
                } catch (SocketException e) {
                    return answer.toString();
                }
            }
        }
    }

    /** Whether there is an answer, on a connection that stays open. */
    private static boolean asks(Socket socket) {
        try {
            socket.getOutputStream().write(STATUS.getBytes(StandardCharsets.UTF_8));
            var buffer = new byte[4_096];
            var read = socket.getInputStream().read(buffer);
            return read > 0 && new String(buffer, 0, read, StandardCharsets.UTF_8).startsWith("HTTP/1.1 200");
        } catch (IOException e) {
            return false;
        }
    }

    private static Socket connect(int port) throws IOException {
        var socket = new Socket("127.0.0.1", port);
        socket.setSoTimeout(20_000);
        return socket;
    }

    private int impatient() {
        return deploy(10_000, 1_024, 10, IDLE);
    }

    private int deploy(int body, int header, int connections, Duration idle) {
        return api.deploy(api.pool, Faults.NONE, settings(body, header, connections, idle));
    }

    private static Settings.Api settings(int body, int header, int connections, Duration idle) {
        return new Settings.Api(1, "127.0.0.1", 0, body, header, connections, idle);
    }

    private static String body(int length) {
        var ride = "{\"distance\": 1}";
        return ride + " ".repeat(length - ride.length());
    }
}
