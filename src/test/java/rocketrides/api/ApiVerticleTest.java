package rocketrides.api;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static rocketrides.testing.Eventually.eventually;

import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.junit5.VertxExtension;
import io.vertx.sqlclient.Pool;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import rocketrides.config.Settings;
import rocketrides.runtime.Faults;
import rocketrides.testing.TestApi;
import rocketrides.testing.TestLog;
import rocketrides.testing.TestRole;
import rocketrides.testing.TestServers;

@ExtendWith(VertxExtension.class)
class ApiVerticleTest {
    private static final String JSON = "application/json";
    private static final String FORM = "application/x-www-form-urlencoded";

    private TestLog log;
    private Vertx vertx;
    private Pool pool;
    private String api;
    private final HttpClient client = HttpClient.newHttpClient();

    @BeforeEach
    void start(Vertx vertx) throws TimeoutException {
        this.vertx = vertx;
        log = new TestLog(vertx, Settings.Delivery.AT_LEAST_ONCE);
        pool = log.pool(TestRole.API);
        api = deploy(pool, Faults.NONE);
    }

    @AfterEach
    void stop() {
        log.close();
    }

    @Test
    void createsARideAndItsLogRecordFromAForm() throws Exception {
        var answer = post(FORM, "distance=123.0");
        assertEquals(201, answer.statusCode());
        assertEquals(
                "Payment accepted. Your pilot is on their way! distance=123.0m",
                new JsonObject(answer.body()).getString("message"));
        assertEquals(1, count("rides"));
        assertEquals(1, count("staged_log_records"));
    }

    @ParameterizedTest
    @CsvSource({"123.4, 123.4", "123.45, 123.5", "0.05, 0.1", "7, 7.0", "1e6, 1000000.0"})
    void answersWithTheDistanceRoundedToOneDecimal(String distance, String rounded) throws Exception {
        var answer = post(JSON, "{\"distance\": " + distance + "}");
        assertEquals(201, answer.statusCode());
        var body = new JsonObject(answer.body());
        assertEquals(
                "Payment accepted. Your pilot is on their way! distance=" + rounded + "m", body.getString("message"));
        assertEquals(
                "/rides/" + body.getLong("id"),
                answer.headers().firstValue("Location").orElseThrow());
        assertEquals(JSON, answer.headers().firstValue("Content-Type").orElseThrow());
    }

    @ParameterizedTest
    @ValueSource(strings = {FORM, JSON, "application/json; charset=UTF-8", "application/json;charset=\"utf-8\""})
    void asksForADistanceThatIsMissing(String type) throws Exception {
        refuses(422, "Please specify parameter 'distance'.", post(type, ""));
    }

    @Test
    void asksForADistanceWhenThereIsNoBodyAtAll() throws Exception {
        refuses(422, "Please specify parameter 'distance'.", send("POST", "/rides", null, ""));
    }

    @Test
    void refusesADistanceOfTheWrongType() throws Exception {
        refuses(422, "Parameter 'distance' must be a floating-point number.", post(FORM, "distance=foo"));
        refuses(422, "Parameter 'distance' must be a floating-point number.", post(JSON, "{\"distance\": \"1\"}"));
    }

    @Test
    void refusesADistanceOutOfRange() throws Exception {
        var message = "Parameter 'distance' must be between 0.001 and 100000000 metres.";
        refuses(422, message, post(FORM, "distance=NaN"));
        refuses(422, message, post(JSON, "{\"distance\": 1e400000}"));
    }

    @Test
    void acceptsAMultipartForm() throws Exception {
        var body = "--x\r\nContent-Disposition: form-data; name=\"distance\"\r\n\r\n12.5\r\n--x--\r\n";
        assertEquals(201, post("multipart/form-data; boundary=x", body).statusCode());
    }

    @Test
    void refusesAMalformedBody() throws Exception {
        refuses(400, "The body must be one JSON object in UTF-8.", post(JSON, "{\"distance\": "));
        assertEquals(400, post(FORM, "distance=%zz").statusCode());
    }

    @ParameterizedTest
    @ValueSource(strings = {"text/plain", "application/xml", "application/json; charset=utf-16", ";", ""})
    void refusesATypeThatItDoesNotKnow(String type) throws Exception {
        refuses(
                415,
                "The body must be application/json or application/x-www-form-urlencoded, in UTF-8.",
                send("POST", "/rides", type.isEmpty() ? null : type, "{\"distance\": 1}"));
    }

    @ParameterizedTest
    @ValueSource(strings = {FORM, JSON})
    void refusesABodyOverTheLimit(String type) throws Exception {
        refuses(413, "The body is too large.", post(type, "distance=" + "1".repeat(20_000)));
    }

    @Test
    void answersAnUnknownPath() throws Exception {
        refuses(404, "There is nothing here.", send("GET", "/rockets", null, ""));
    }

    @Test
    void namesTheMethodsThatAPathAllows() throws Exception {
        var rides = send("DELETE", "/rides", null, "");
        refuses(405, "This method is not allowed here.", rides);
        assertEquals(
                "GET, HEAD, POST, OPTIONS", rides.headers().firstValue("Allow").orElseThrow());
        var ride = send("DELETE", "/rides/1", null, "");
        refuses(405, "This method is not allowed here.", ride);
        assertEquals("GET, HEAD, OPTIONS", ride.headers().firstValue("Allow").orElseThrow());
    }

    @Test
    void refusesWhatIsNotHttp() throws Exception {
        assertTrue(raw("GET /status HTTP/1.1\r\nHost: x\r\nX: " + "y".repeat(20_000) + "\r\n\r\n")
                .contains(" 431 "));
        assertTrue(raw("GET /" + "y".repeat(20_000) + " HTTP/1.1\r\nHost: x\r\n\r\n")
                .contains(" 414 "));
        var malformed = raw("GET /status HTTP/1.1\r\nno header\u0001\r\n: \r\n\r\n");
        assertTrue(malformed.startsWith("HTTP/1.1 400"), malformed);
        assertTrue(malformed.endsWith("{\"error\":\"The request is malformed.\"}"), malformed);
    }

    @Test
    void showsARideExactly() throws Exception {
        var id = new JsonObject(post(JSON, "{\"distance\": 99999999.12}").body()).getLong("id");
        var answer = send("GET", "/rides/" + id, null, "");
        assertEquals(200, answer.statusCode());
        assertTrue(answer.body().contains("\"distance\":99999999.120,"), answer.body());
        var ride = new JsonObject(answer.body());
        assertEquals(id, ride.getLong("id"));
        var age = Duration.between(Instant.parse(ride.getString("created_at")), Instant.now());
        assertTrue(age.abs().toMinutes() < 5, ride.encode());
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "-1", "x", "9223372036854775807", "9223372036854775808", "1'--"})
    void knowsNoSuchRide(String id) throws Exception {
        refuses(404, "There is no such ride.", send("GET", "/rides/" + id.replace("'", "%27"), null, ""));
    }

    @Test
    void showsTheStatus() throws Exception {
        post(FORM, "distance=1.5");
        post(FORM, "distance=2.25");
        var answer = send("GET", "/status", null, "");
        assertEquals(200, answer.statusCode());
        assertTrue(
                answer.body()
                        .startsWith("{\"total\":{\"rides\":2,\"total_distance\":3.750},\"staged\":{\"count\":2},"
                                + "\"log\":{\"head_offset\":0,\"published_offset\":0,\"stream\":\"rides\",\"stream_entries\":null,"
                                + "\"delivery\":\"at-least-once\"},\"audit\":{\"balanced\":true,"),
                answer.body());
    }

    @Test
    void aSimulatedFailureLeavesNeitherRideNorRecord() throws Exception {
        var unlucky = deploy(pool, Faults.scripted(point -> point == Faults.Point.API_BEFORE_COMMIT));
        var answer = send(unlucky, "POST", "/rides", FORM, "distance=1");
        refuses(500, "Something went wrong on our side.", answer);
        assertEquals(0, count("rides"));
        assertEquals(0, count("staged_log_records"));
    }

    @Test
    void aRefusedStatementIsAnInternalErrorThatShowsNothing() throws Exception {
        log.sql("ALTER TABLE rides RENAME TO gone");
        refuses(500, "Something went wrong on our side.", post(FORM, "distance=1"));
    }

    /** Broken: the table is locked for longer than the database lets anybody wait. */
    @Test
    void asksToComeBackWhenItMayNotWaitForALock() throws Exception {
        log.sql("DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET lock_timeout = 200', current_database()); END $$");
        var impatient = deploy(
                TestServers.connect(vertx, log.postgresUri(TestRole.API), 4).pool(), Faults.NONE);
        var other = TestLog.await(log.pool.getConnection());
        TestLog.await(other.query("BEGIN; LOCK TABLE rides").execute());
        comesBack(send(impatient, "POST", "/rides", FORM, "distance=1"));
        TestLog.await(other.query("ROLLBACK").execute());
        TestLog.await(other.close());
        assertEquals(201, send(impatient, "POST", "/rides", FORM, "distance=1").statusCode());
    }

    @Test
    void asksToComeBackWhilePostgresIsAway() throws Exception {
        var uri = log.postgresUri(TestRole.API).replaceFirst("(@[^/]*:)\\d+/", "$1" + freePort() + "/");
        var stranded = deploy(TestServers.connect(vertx, uri, 4).pool(), Faults.NONE);
        for (var path : new String[] {"/status", "/rides/1"}) {
            comesBack(send(stranded, "GET", path, null, ""));
        }
        comesBack(send(stranded, "POST", "/rides", FORM, "distance=1"));
        refuses(422, "Please specify parameter 'distance'.", send(stranded, "POST", "/rides", FORM, ""));
    }

    @Test
    void neverAcknowledgesARideWhoseCommitIsUnknown() throws Exception {
        var lock = log.hold("LOCK TABLE rides IN ACCESS EXCLUSIVE MODE");
        var booking = bookingThatWaits();
        log.sql("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE NOT granted");
        lock.close();
        comesBack(booking.get(5, SECONDS));

        assertEquals(0, count("rides"));
        assertEquals(201, post(FORM, "distance=1").statusCode());
    }

    @Test
    void twoInstancesShareAPort() throws Exception {
        var port = freePort();
        deploy(pool, Faults.NONE, port);
        var shared = deploy(pool, Faults.NONE, port);
        assertEquals(201, send(shared, "POST", "/rides", FORM, "distance=1").statusCode());
    }

    @Test
    void saysWhichAddressIsTaken() throws IOException {
        try (var taken = new ServerSocket(0)) {
            var e = assertThrows(IllegalStateException.class, () -> deploy(pool, Faults.NONE, taken.getLocalPort()));
            assertTrue(
                    e.getMessage().startsWith("cannot listen on 127.0.0.1:" + taken.getLocalPort() + ": "),
                    e.getMessage());
        }
    }

    @Test
    void stoppingWaitsForRidesUnderWay() throws Exception {
        var lock = log.hold("LOCK TABLE rides IN ACCESS EXCLUSIVE MODE");
        var booking = bookingThatWaits();

        var id = vertx.deploymentIDs().iterator().next();
        var stopped = vertx.undeploy(id);
        lock.close();

        assertEquals(201, booking.get(5, SECONDS).statusCode());
        stopped.await(5, SECONDS);
        assertThrows(IOException.class, () -> post(FORM, "distance=1"));
        assertEquals(1, count("rides"));
    }

    private CompletableFuture<HttpResponse<String>> bookingThatWaits() {
        var booking = client.sendAsync(
                request(api, "POST", "/rides", FORM, "distance=1"), HttpResponse.BodyHandlers.ofString());
        eventually(
                "somebody waits for a lock",
                () -> log.number("SELECT count(*) FROM pg_stat_activity"
                                + " WHERE datname = current_database() AND wait_event_type = 'Lock'")
                        == 1);
        return booking;
    }

    private String deploy(Pool pool, Faults faults) throws TimeoutException {
        return deploy(pool, faults, 0);
    }

    private String deploy(Pool pool, Faults faults, int port) throws TimeoutException {
        var verticle = new ApiVerticle(
                TestApi.DEFAULTS.withPort(port), TestApi.routes(vertx, pool, faults, TestApi.DEFAULTS.maxBody()));
        vertx.deployVerticle(verticle).await(10, SECONDS);
        return "http://127.0.0.1:" + verticle.port();
    }

    private HttpResponse<String> post(String type, String body) throws Exception {
        return send("POST", "/rides", type, body);
    }

    private HttpResponse<String> send(String method, String path, String type, String body) throws Exception {
        return send(api, method, path, type, body);
    }

    private HttpResponse<String> send(String api, String method, String path, String type, String body)
            throws Exception {
        return client.send(request(api, method, path, type, body), HttpResponse.BodyHandlers.ofString());
    }

    private static HttpRequest request(String api, String method, String path, String type, String body) {
        var publisher = body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body);
        var request = HttpRequest.newBuilder(URI.create(api + path))
                .timeout(Duration.ofSeconds(20))
                .version(HttpClient.Version.HTTP_1_1)
                .method(method, publisher);
        if (type != null) {
            request.header("Content-Type", type);
        }
        return request.build();
    }

    private String raw(String request) throws IOException {
        try (var socket = new Socket("127.0.0.1", URI.create(api).getPort())) {
            socket.setSoTimeout(5_000);
            socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static void comesBack(HttpResponse<String> answer) {
        refuses(503, "This cannot be done right now. Please try again.", answer);
        assertEquals("1", answer.headers().firstValue("Retry-After").orElseThrow());
    }

    private static void refuses(int status, String message, HttpResponse<String> answer) {
        assertEquals(new JsonObject().put("error", message).encode(), answer.body());
        assertEquals(status, answer.statusCode());
        assertEquals(JSON, answer.headers().firstValue("Content-Type").orElseThrow());
    }

    private long count(String table) {
        return log.number("SELECT count(*) FROM " + table);
    }

    private static int freePort() throws IOException {
        try (var socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }
}
