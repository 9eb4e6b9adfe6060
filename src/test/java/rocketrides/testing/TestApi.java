package rocketrides.testing;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.sqlclient.Pool;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import rocketrides.api.ApiVerticle;
import rocketrides.api.Documentation;
import rocketrides.config.Settings;
import rocketrides.log.Staging;
import rocketrides.operations.Health;
import rocketrides.operations.Pulse;
import rocketrides.rides.RideBooks;
import rocketrides.rides.RideRoutes;
import rocketrides.rides.RideWriter;
import rocketrides.runtime.Faults;
import rocketrides.servers.Postgres;
import rocketrides.servers.RedisClient;
import rocketrides.status.Readings;
import rocketrides.status.StatusReader;

/** An api on a log of its own, and a client that sends exactly the bytes that it is given. */
public final class TestApi implements AutoCloseable {
    public static final Settings.Api DEFAULTS =
            new Settings.Api(1, "127.0.0.1", 0, 16_384, 8_192, 10_000, Duration.ofSeconds(60));

    public final TestLog log;
    public final Vertx vertx;
    public final Pool pool;

    public TestApi(Vertx vertx) {
        this.vertx = vertx;
        log = new TestLog(vertx, Settings.Delivery.AT_LEAST_ONCE);
        pool = log.pool(TestRole.API);
    }

    /** Returns the port. */
    public int deploy() {
        return deploy(pool, Faults.NONE, DEFAULTS);
    }

    public int deploy(Pool pool, Faults faults, Settings.Api settings) {
        return deploy(vertx, pool, faults, settings, List.of());
    }

    public static int deploy(
            Vertx vertx, Pool pool, Faults faults, Settings.Api settings, List<Consumer<Router>> more) {
        var routes = new ArrayList<>(routes(vertx, pool, faults, settings.maxBody()));
        routes.addAll(more);
        var verticle = new ApiVerticle(settings, routes);
        TestLog.await(vertx.deployVerticle(verticle));
        return verticle.port();
    }

    /** What the shipped program serves, and {@code /status} of a log without Redis. */
    public static List<Consumer<Router>> routes(Vertx vertx, Pool pool, Faults faults, int maxBody) {
        var log = new Settings.Log("rides", 10_000, Settings.Delivery.AT_LEAST_ONCE, Duration.ofDays(7), 1);
        var status = new StatusReader(pool, log, new RideBooks(), () -> Future.failedFuture("Redis is away"));
        var parts = new RideWriter.Parts(pool, new Staging(vertx, pool), faults, "api0");
        return List.of(
                router -> new RideRoutes(new RideWriter(vertx, parts), pool, maxBody).addTo(router),
                router -> Documentation.addTo(router, "/rocketrides/rides/openapi.yaml"),
                new Health(
                        pool,
                        new RedisClient(vertx, "redis://127.0.0.1:1", Optional.empty(), "stream"),
                        new Readings(vertx, status),
                        new Pulse(System::nanoTime),
                        true));
    }

    /** A pool on a Postgres that is not there. */
    public Pool nowhere() throws IOException {
        return new Postgres(vertx, "postgresql://u:secret@127.0.0.1:" + freePort() + "/db", Optional.empty(), 2, 1)
                .pool();
    }

    public static int freePort() throws IOException {
        try (var socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    /** {@code headers}: by name, lower case. */
    public record Answer(int status, Map<String, String> headers, String body) {
        public JsonObject json() {
            return new JsonObject(body);
        }

        public String error() {
            return json().getString("error");
        }
    }

    public static Answer book(int port, String key, String distance) throws IOException {
        return send(
                port,
                "POST",
                "/rides",
                Map.of("Content-Type", "application/json", "Idempotency-Key", key),
                "{\"distance\": " + distance + "}");
    }

    public static Answer get(int port, String path) throws IOException {
        return send(port, "GET", path, Map.of(), "");
    }

    public static Answer send(int port, String method, String path, Map<String, String> headers, String body)
            throws IOException {
        return send(port, method, path, headers, body.getBytes(StandardCharsets.UTF_8));
    }

    public static Answer send(int port, String method, String path, Map<String, String> headers, byte[] body)
            throws IOException {
        var request = new ByteArrayOutputStream();
        var head = new StringBuilder(method + " " + path + " HTTP/1.1\r\nHost: test\r\nConnection: close\r\n");
        headers.forEach(
                (name, value) -> head.append(name).append(": ").append(value).append("\r\n"));
        head.append(body.length == 0 ? "\r\n" : "Content-Length: " + body.length + "\r\n\r\n");
        request.writeBytes(head.toString().getBytes(StandardCharsets.ISO_8859_1));
        request.writeBytes(body);
        return raw(port, request.toByteArray());
    }

    public static Answer raw(int port, String request) throws IOException {
        return raw(port, request.getBytes(StandardCharsets.ISO_8859_1));
    }

    /** Reads until the server closes the connection, which it has to do within 20 s. */
    public static Answer raw(int port, byte[] request) throws IOException {
        try (var socket = new Socket("127.0.0.1", port)) {
            socket.setSoTimeout(20_000);
            try {
                socket.getOutputStream().write(request);
            } catch (SocketException e) {
                // refused before it was all sent; the answer is there nevertheless
            }
            return parse(readAll(socket));
        }
    }

    public static String readAll(Socket socket) throws IOException {
        var bytes = new ByteArrayOutputStream();
        try {
            for (int b = socket.getInputStream().read();
                    b >= 0;
                    b = socket.getInputStream().read()) {
                bytes.write(b);
            }
        } catch (SocketException e) {
            // reset, because not all that was sent has been read
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }

    public static Answer parse(String text) {
        assertTrue(text.matches("(?s)HTTP/1\\.[01] \\d{3} .*\r\n\r\n.*"), "no answer: " + text);
        var end = text.indexOf("\r\n\r\n");
        var headers = new TreeMap<String, String>();
        text.substring(0, end).lines().skip(1).forEach(line -> {
            var colon = line.indexOf(':');
            headers.put(
                    line.substring(0, colon).toLowerCase(java.util.Locale.ROOT),
                    line.substring(colon + 1).strip());
        });
        return new Answer(Integer.parseInt(text.substring(9, 12)), headers, text.substring(end + 4));
    }

    public long count(String table) {
        return log.number("SELECT count(*) FROM " + table);
    }

    @Override
    public void close() {
        log.close();
    }
}
