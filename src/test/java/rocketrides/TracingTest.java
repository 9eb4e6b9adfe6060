package rocketrides;

import static java.util.concurrent.TimeUnit.NANOSECONDS;
import static java.util.stream.Collectors.counting;
import static java.util.stream.Collectors.groupingBy;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static rocketrides.testing.Eventually.eventually;

import io.vertx.core.json.JsonObject;
import io.vertx.redis.client.Command;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import rocketrides.config.Settings.Delivery;
import rocketrides.testing.LogCapture;
import rocketrides.testing.OtlpReceiver;
import rocketrides.testing.OtlpReceiver.Received;
import rocketrides.testing.TestApi;
import rocketrides.testing.TestLog;
import rocketrides.testing.TestRole;

/** The whole program, and a collector that gets what it sends. */
class TracingTest {
    private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
    private static final String CLIENT = "00f067aa0ba902b7";
    private static final String SAMPLED = "00-" + TRACE + "-" + CLIENT + "-01";
    private static final int SERVER = 2;
    private static final int PRODUCER = 4;
    private static final int CONSUMER = 5;
    private static final int ERROR = 2;

    @TempDir
    Path directory;

    private final HttpClient http = HttpClient.newHttpClient();
    private TestLog log;
    private OtlpReceiver collector;
    private Application application;

    @BeforeEach
    void startCollector() throws Exception {
        log = new TestLog(Delivery.AT_LEAST_ONCE);
        collector = new OtlpReceiver();
    }

    @AfterEach
    void stop() {
        if (application != null) {
            application.stop();
        }
        collector.close();
        log.close();
    }

    private void start(Map<String, String> more) throws Exception {
        var environment = new HashMap<>(log.environment(Map.of(
                "ROCKET_RIDES_SIMULATOR_INSTANCES",
                "0",
                "ROCKET_RIDES_FAILURES_STREAMER_AFTER_PUBLISH",
                "0",
                "ROCKET_RIDES_FAILURES_CONSUMER_BEFORE_SAVE",
                "0",
                "ROCKET_RIDES_TRACING_ENDPOINT",
                collector.endpoint())));
        environment.putAll(more);
        application = TestProgram.application(environment);
        application.start();
    }

    private CompletableFuture<HttpResponse<String>> post(String... headers) {
        var request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + application.port() + "/rides"))
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString("{\"distance\": 1.5}"));
        for (int i = 0; i < headers.length; i += 2) {
            request.setHeader(headers[i], headers[i + 1]);
        }
        return http.sendAsync(request.build(), BodyHandlers.ofString());
    }

    private static void booked(CompletableFuture<HttpResponse<String>> answer) {
        assertEquals(201, answer.join().statusCode(), answer.join()::body);
    }

    /** When both consumers have saved so many records: stopping then has everything sent. */
    private void stopAfter(int records) {
        eventually(
                "both consumers have saved",
                () -> log.number("SELECT count(*) FROM checkpoints WHERE last_offset = $1", (long) records) == 2);
        application.stop();
    }

    private JsonObject data(long offset) {
        return log.row("SELECT data FROM log_records WHERE \"offset\" = $1", offset)
                .getJsonObject(0);
    }

    private static Map<Integer, Long> kinds(List<Received> spans) {
        return spans.stream().collect(groupingBy(Received::kind, counting()));
    }

    private static List<Received> ofKind(int kind, List<Received> spans) {
        return spans.stream().filter(span -> span.kind() == kind).toList();
    }

    private static Set<String> consumers(List<Received> spans) {
        var names = new HashSet<String>();
        ofKind(CONSUMER, spans).forEach(span -> names.add(span.attributes().get("messaging.consumer.group.name")));
        return names;
    }

    @Test
    void aRideIsOneTraceFromItsRequestToTheCommitOfEveryConsumer() throws Exception {
        start(Map.of());
        booked(post("traceparent", SAMPLED, "X-Request-Id", "mine"));
        stopAfter(1);

        var spans = collector.spans();
        assertEquals(4, spans.size(), spans::toString);
        assertEquals(
                List.of(), spans.stream().filter(s -> !s.trace().equals(TRACE)).toList());
        var server = ofKind(SERVER, spans).get(0);
        assertEquals("POST /rides", server.name());
        assertEquals(CLIENT, server.parent());
        assertEquals("201", server.attributes().get("http.response.status_code"));
        assertEquals("mine", server.attributes().get("rocketrides.x-request-id"));
        assertEquals("00-" + TRACE + "-" + server.id() + "-01", data(1).getString("traceparent"));

        var publish = ofKind(PRODUCER, spans).get(0);
        assertEquals("publish " + log.settings.stream(), publish.name());
        assertEquals("redis", publish.attributes().get("messaging.system"));
        assertEquals("1", publish.attributes().get("rocketrides.offset"));
        assertEquals(Set.of("consumer0", "consumer1"), consumers(spans));
        for (var child : spans) {
            assertTrue(child == server || child.parent().equals(server.id()), child::toString);
            assertTrue(child.start() <= child.end() && child.start() >= server.start(), child::toString);
            assertTrue(child == server
                    || log.settings.stream().equals(child.attributes().get("messaging.destination.name")));
        }
        for (var consume : ofKind(CONSUMER, spans)) {
            assertEquals("consume " + log.settings.stream(), consume.name());
            assertTrue(consume.start() >= publish.start(), "read before it was sent");
        }
    }

    @Test
    void ridesThatAreWrittenTogetherKeepTheirOwnTraces() throws Exception {
        int rides = 200;
        start(Map.of());
        var answers = IntStream.range(0, rides)
                .mapToObj(i -> post("traceparent", String.format(Locale.ROOT, "00-%032x-%016x-01", i + 1, i + 1)))
                .toList();
        answers.forEach(TracingTest::booked);
        stopAfter(rides);

        assertTrue(
                log.number("SELECT count(DISTINCT created_at) FROM rides") < rides,
                "no two rides were written together");
        for (int i = 0; i < rides; i++) {
            var spans = collector.spans(String.format(Locale.ROOT, "%032x", i + 1));
            assertEquals(Map.of(SERVER, 1L, PRODUCER, 1L, CONSUMER, 2L), kinds(spans), spans::toString);
            assertEquals(Set.of("consumer0", "consumer1"), consumers(spans));
            var server = ofKind(SERVER, spans).get(0);
            for (var span : spans) {
                if (span != server) {
                    var ride = data(Long.parseLong(span.attributes().get("rocketrides.offset")));
                    assertEquals(
                            "/rides/" + ride.getLong("id"), server.attributes().get("rocketrides.location"));
                    assertEquals(server.id(), span.parent());
                }
            }
        }
    }

    /** Broken: the handler that begins traces was a route of every path for POST. Must hold: the path is unknown. */
    @Test
    void aPathThatDoesNotExistIsStillNotFound() throws Exception {
        start(Map.of());
        assertEquals(
                404,
                TestApi.send(application.port(), "GET", "/nowhere", Map.of(), "")
                        .status());
    }

    @Test
    void whenItIsOffARecordHasNothingOfIt() throws Exception {
        start(Map.of("ROCKET_RIDES_TRACING_ENDPOINT", "off"));
        booked(post("traceparent", SAMPLED));
        stopAfter(1);
        assertEquals(Set.of("id", "distance", "created_at"), data(1).fieldNames());
        assertEquals(List.of(), collector.spans());
    }

    /** Without a client's opinion, {@code sample} decides; with one, the client. */
    @ParameterizedTest
    @CsvSource({"0.0,,0", "0.0,01,1", "1.0,,1", "1.0,00,0", "1.0,01,1"})
    void tracesTheShareThatIsAskedForAndWhatTheClientTraces(String sample, String flags, int traced) throws Exception {
        start(Map.of("ROCKET_RIDES_TRACING_SAMPLE", sample));
        booked(flags == null ? post() : post("traceparent", "00-" + TRACE + "-" + CLIENT + "-" + flags));
        stopAfter(1);
        assertEquals(4 * traced, collector.spans().size());
        assertEquals(traced == 1, data(1).containsKey("traceparent"));
    }

    /** Broken: half of the batches are sent twice, half of the saves crash. Must hold: a consumer's span is there once. */
    @Test
    void doubleSendsAndCrashesLeaveOneSpanForEachConsumer() throws Exception {
        int rides = 30;
        start(Map.of(
                "ROCKET_RIDES_STREAMER_BATCH_SIZE", "1",
                "ROCKET_RIDES_FAILURES_SEED", "5", // fails everybody's first attempt
                "ROCKET_RIDES_FAILURES_STREAMER_AFTER_PUBLISH", "0.5",
                "ROCKET_RIDES_FAILURES_CONSUMER_BEFORE_SAVE", "0.5"));
        IntStream.range(0, rides).mapToObj(i -> post()).toList().forEach(TracingTest::booked);
        stopAfter(rides);

        var traces = collector.spans().stream().collect(groupingBy(Received::trace));
        assertEquals(rides, traces.size());
        traces.values().forEach(spans -> {
            assertEquals(1, ofKind(SERVER, spans).size());
            assertEquals(2, ofKind(CONSUMER, spans).size(), spans::toString);
            assertEquals(Set.of("consumer0", "consumer1"), consumers(spans));
        });
        assertTrue(ofKind(PRODUCER, collector.spans()).size() > rides, "nothing was sent twice");
        assertTrue(log.number("SELECT sum(simulated_crashes)::bigint FROM checkpoints") > 0, "nothing crashed");
    }

    @Test
    void aReplayedRequestIsATraceOfItsOwnWithoutARecord() throws Exception {
        start(Map.of());
        booked(post("Idempotency-Key", "\"k\"", "traceparent", SAMPLED));
        booked(post("Idempotency-Key", "\"k\"", "traceparent", "00-" + "a".repeat(32) + "-" + CLIENT + "-01"));
        stopAfter(1);
        assertEquals(4, collector.spans(TRACE).size());
        var again = collector.spans("a".repeat(32));
        assertEquals(1, again.size());
        assertEquals("true", again.get(0).attributes().get("rocketrides.idempotent-replayed"));
        assertTrue(data(1).getString("traceparent").contains(TRACE));
    }

    /** Broken: the process ends before anybody reads, and Redis loses everything. Must hold: the trace goes on. */
    @Test
    void theTraceGoesOnInAnotherProcessAndFromTheArchive() throws Exception {
        start(Map.of("ROCKET_RIDES_CONSUMER_INSTANCES", "0"));
        booked(post("traceparent", SAMPLED));
        eventually("it is published", () -> log.number("SELECT published FROM log_cursor") == 1);
        application.stop();
        log.redis(Command.DEL, log.settings.stream());
        start(Map.of());
        stopAfter(1);
        assertEquals(Set.of("consumer0", "consumer1"), consumers(collector.spans(TRACE)));
    }

    @Test
    void whatFailsIsAnError() throws Exception {
        start(Map.of("ROCKET_RIDES_FAILURES_API_BEFORE_COMMIT", "1"));
        assertEquals(500, post("traceparent", SAMPLED).join().statusCode());
        assertEquals(
                415,
                post("Content-Type", "text/plain", "traceparent", SAMPLED)
                        .join()
                        .statusCode());
        application.stop();
        var spans = collector.spans();
        assertEquals(Map.of(SERVER, 2L), kinds(spans));
        for (var span : spans) {
            boolean ours = span.attributes().get("http.response.status_code").equals("500");
            assertEquals(ours ? ERROR : 0, span.status());
        }
    }

    @Test
    void aRecordThatIsSetAsideIsAnErrorOfTheConsumer() throws Exception {
        log.stageRaw("create", "ride", "{\"distance\": \"far\", \"traceparent\": \"" + SAMPLED + "\"}");
        log.stageRaw("create", "ride", "{\"distance\": 2, \"traceparent\": \"nonsense\"}");
        log.stageRaw("create", "ride", "{\"distance\": 2, \"traceparent\": {\"traceparent\": \"" + SAMPLED + "\"}}");
        start(Map.of());
        stopAfter(3);
        var consumed = ofKind(CONSUMER, collector.spans());
        assertEquals(2, consumed.size());
        consumed.forEach(span -> assertEquals(ERROR, span.status()));
        consumed.forEach(span -> assertEquals("1", span.attributes().get("rocketrides.offset")));
    }

    /** Broken: the collector refuses, then takes, then is away. Must hold: rides are booked, each change is one line. */
    @Test
    void withoutACollectorRidesAreBookedAndTheLogSaysItOnce() throws Exception {
        var past = new PastOurLog();
        Logger.getLogger("").addHandler(past);
        try (var lines = new LogCapture()) {
            collector.refuse(true);
            start(Map.of());
            for (int i = 1; i <= 3; i++) {
                booked(post());
                int refusals = i;
                eventually("the collector has refused", () -> collector.refused() >= refusals);
            }
            collector.refuse(false);
            booked(post("traceparent", SAMPLED));
            lines.await(1, line -> line.contains("INFO tracing") && line.contains("again"));
            assertEquals(
                    1, lines.await(1, line -> line.contains("WARN tracing")).size());
            collector.close();
            booked(post());
            eventually(
                    "both consumers have saved",
                    () -> log.number("SELECT count(*) FROM checkpoints WHERE last_offset = 5") == 2);
            assertTrue(secondsToStop() < 8);
            assertEquals(
                    2, lines.await(2, line -> line.contains("WARN tracing")).size());
        }
        assertEquals(1, ofKind(SERVER, collector.spans(TRACE)).size());
    }

    /** What the SDK says goes to the log of the JDK first. */
    private static final class PastOurLog extends Handler {
        private final List<String> messages = new CopyOnWriteArrayList<>();

        @Override
        public void publish(LogRecord line) {
            if (String.valueOf(line.getLoggerName()).startsWith("io.opentelemetry")) {
                messages.add(line.getMessage());
            }
        }

        @Override
        public void flush() {
            // nothing is held back
        }

        @Override
        public void close() {
            // nothing is open
        }
    }

    @Test
    void aCollectorThatNeverAnswersHoldsUpTheStopForSecondsOnly() throws Exception {
        try (var deaf = new ServerSocket(0)) {
            start(Map.of("ROCKET_RIDES_TRACING_ENDPOINT", "http://127.0.0.1:" + deaf.getLocalPort()));
            booked(post());
            eventually(
                    "both consumers have saved",
                    () -> log.number("SELECT count(*) FROM checkpoints WHERE last_offset = 1") == 2);
            assertTrue(secondsToStop() < 12);
        }
    }

    private long secondsToStop() {
        long begin = System.nanoTime();
        application.stop();
        return NANOSECONDS.toSeconds(System.nanoTime() - begin);
    }

    @Test
    void nobodyElseMindsTheField() throws Exception {
        start(Map.of());
        for (int i = 0; i < 5; i++) {
            booked(post());
        }
        stopAfter(5);
        assertEquals(0, command("audit"));
        assertEquals(0, command("log", "show", "3"));
        assertEquals(0, command("log", "show", "3", "--json"));
        assertEquals(0, command("status"));
        assertEquals(0, command("consumer", "rewind", "consumer0", "--to", "2", "--yes"));
        assertEquals(0, command("audit"));
    }

    private int command(String... words) throws Exception {
        var conf = directory.resolve("conf.yaml");
        var role = words[0].equals("consumer") ? TestRole.OPERATOR : TestRole.MONITORING;
        Files.writeString(conf, log.configuration(role));
        var all = new ArrayList<>(List.of(words));
        all.addAll(List.of("-c", conf.toString()));
        var out = new PrintWriter(new StringWriter());
        return Main.program().commandLine().setOut(out).setErr(out).execute(all.toArray(String[]::new));
    }
}
