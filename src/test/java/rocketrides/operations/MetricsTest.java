package rocketrides.operations;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static rocketrides.testing.Eventually.eventually;

import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import rocketrides.Application;
import rocketrides.TestProgram;
import rocketrides.config.Settings.Delivery;
import rocketrides.testing.TestLog;

/** A whole process with failures, scraped as Prometheus would. */
class MetricsTest {
    private static final Pattern SAMPLE =
            Pattern.compile("([a-zA-Z_:][a-zA-Z0-9_:]*)(\\{.*})? (NaN|[+-]Inf|-?[0-9.]+(?:E-?[0-9]+)?)");
    private static final Pattern LABELS =
            Pattern.compile("\\{[a-zA-Z_]\\w*=\"(?:[^\"\\\\]|\\\\.)*\"(?:,[a-zA-Z_]\\w*=\"(?:[^\"\\\\]|\\\\.)*\")*,?}");
    private static final Pattern GROUPED = Pattern.compile("by \\(([a-z_, ]+)\\) \\((?:rate\\()?(\\w+_\\w+)");
    private static final Pattern NAME = Pattern.compile("\\b(?:rocketrides|vertx)_\\w+");

    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static TestLog log;
    private static Application application;

    @BeforeAll
    static void start() throws Exception {
        log = new TestLog(Delivery.AT_LEAST_ONCE);
        application = TestProgram.application(log.environment(Map.of(
                "ROCKET_RIDES_SIMULATOR_PAUSE", "0s..20ms",
                "ROCKET_RIDES_FAILURES_SEED", "1",
                "ROCKET_RIDES_FAILURES_STREAMER_AFTER_PUBLISH", "0.5",
                "ROCKET_RIDES_FAILURES_CONSUMER_BEFORE_SAVE", "0.2")));
        application.start();
    }

    @AfterAll
    static void stop() {
        application.stop();
        log.close();
    }

    private static HttpResponse<String> get(String path) throws Exception {
        var uri = URI.create("http://127.0.0.1:" + application.port() + path);
        return HTTP.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString());
    }

    /** Every sample, by name and labels; fails on a line that Prometheus would not read. */
    private static Map<String, Double> scrape() throws Exception {
        var response = get("/metrics");
        assertEquals(200, response.statusCode());
        assertTrue(response.headers().firstValue("Content-Type").orElse("").startsWith("text/plain; version=0.0.4"));
        var samples = new TreeMap<String, Double>();
        for (var line : response.body().lines().toList()) {
            if (line.startsWith("# HELP ") || line.startsWith("# TYPE ")) {
                continue;
            }
            var sample = SAMPLE.matcher(line);
            assertTrue(sample.matches(), line);
            assertTrue(
                    sample.group(2) == null || LABELS.matcher(sample.group(2)).matches(), line);
            var value = sample.group(3).replace("Inf", "Infinity");
            assertEquals(
                    null,
                    samples.put(
                            line.substring(0, sample.end(2) < 0 ? sample.end(1) : sample.end(2)),
                            Double.valueOf(value)),
                    "twice: " + line);
        }
        return samples;
    }

    private static Set<String> names(Map<String, Double> samples) {
        var names = new TreeSet<String>();
        samples.keySet().forEach(sample -> names.add(sample.replaceFirst("\\{.*", "")));
        return names;
    }

    private static void assertExist(String queries) {
        var missing = new TreeSet<String>();
        eventually(() -> "these meters exist: " + missing, () -> {
            var there = names(scrape());
            missing.clear();
            NAME.matcher(queries)
                    .results()
                    .map(match -> match.group())
                    .filter(name -> !there.contains(name))
                    .forEach(missing::add);
            return missing.isEmpty();
        });
    }

    /** Load balancers ask so. */
    @ParameterizedTest
    @ValueSource(strings = {"/health/live", "/health/ready", "/metrics"})
    void headIsGetWithoutTheBody(String path) throws Exception {
        var uri = URI.create("http://127.0.0.1:" + application.port() + path);
        var head = HttpRequest.newBuilder(uri).method("HEAD", HttpRequest.BodyPublishers.noBody());
        var response = HTTP.send(head.build(), BodyHandlers.ofString());
        assertEquals(200, response.statusCode());
        assertEquals("", response.body());
    }

    @ParameterizedTest
    @ValueSource(strings = {"/health/live", "/health/ready", "/metrics", "/metrics/"})
    void otherMethodsAreToldWhatIsAllowed(String path) throws Exception {
        var uri = URI.create("http://127.0.0.1:" + application.port() + path);
        for (var method : Map.of("DELETE", 405, "POST", 405, "OPTIONS", 204).entrySet()) {
            var request = HttpRequest.newBuilder(uri).method(method.getKey(), HttpRequest.BodyPublishers.noBody());
            var response = HTTP.send(request.build(), BodyHandlers.ofString());
            assertEquals(method.getValue(), response.statusCode(), method.getKey());
            assertEquals(
                    "GET, HEAD, OPTIONS", response.headers().firstValue("Allow").orElseThrow());
        }
    }

    @Test
    void everyMeterOfTheDashboardExistsWithItsLabels() throws Exception {
        var queries = queries();
        assertTrue(NAME.matcher(queries).results().count() > 20, queries);
        assertExist(queries);
        var samples = scrape().keySet();
        var grouped = GROUPED.matcher(queries).results().toList();
        assertTrue(grouped.size() > 10, queries);
        for (var group : grouped) {
            for (var label : group.group(1).split(", ")) {
                assertTrue(
                        samples.stream()
                                .anyMatch(sample ->
                                        sample.startsWith(group.group(2) + "{") && sample.contains(label + "=\"")),
                        group.group(2) + " has no label " + label);
            }
        }
    }

    private static String queries() throws Exception {
        var dashboard = new JsonObject(Files.readString(Path.of("docs/grafana-dashboard.json")));
        var queries = new StringBuilder();
        dashboard.getJsonArray("panels").forEach(panel -> ((JsonObject) panel)
                .getJsonArray("targets")
                .forEach(target ->
                        queries.append(((JsonObject) target).getString("expr")).append('\n')));
        return queries.toString();
    }

    /** They would count each connection that was ever opened as in use, for good. */
    @Test
    void thePoolsOfRedisHaveNoMeters() throws Exception {
        eventually("a consumer crashed, and has a new connection to Redis", () -> scrape().entrySet().stream()
                .anyMatch(sample -> sample.getKey().startsWith("rocketrides_failures_injected_total{point=\"consumer")
                        && sample.getValue() > 0));
        assertTrue(scrape().keySet().stream().noneMatch(sample -> sample.contains("\"redis\"")));
    }

    @Test
    void everyMeterOfTheAlertsExists() throws Exception {
        assertExist(Files.readString(Path.of("docs/prometheus-alerts.yml")));
    }

    @Test
    void countsWhatTheTablesSay() throws Exception {
        eventually("something was sent twice and counted", () -> {
            var samples = scrape();
            return samples.getOrDefault("rocketrides_segments_double_sent_total", 0.0) > 0
                    && samples.getOrDefault("rocketrides_consumer_offset{consumer=\"consumer1\",partition=\"0\"}", 0.0)
                            >= 20;
        });
        var samples = scrape();
        assertTrue(samples.get("rocketrides_records_staged_total") <= log.number("SELECT count(*) FROM rides"));
        assertTrue(samples.get("rocketrides_records_sealed_total") >= 20);
        assertTrue(samples.get("rocketrides_log_head_offset{partition=\"0\"}")
                <= log.number("SELECT next_offset - 1 FROM log_head"));
        assertEquals(1, samples.get("rocketrides_postgres_up"));
        assertEquals(1, samples.get("rocketrides_redis_up"));
        assertTrue(samples.get("rocketrides_stream_entries") > 0);
        assertTrue(samples.keySet().stream().anyMatch(name -> name.startsWith("vertx_sql_")), samples::toString);
    }

    @Test
    void isReadyAndNamesItsRoles() throws Exception {
        assertEquals("{\"status\":\"up\"}", get("/health/live").body());
        eventually(() -> "consumer1 has a role: " + get("/health/ready").body(), () -> new JsonObject(
                        get("/health/ready").body())
                .getJsonObject("roles")
                .containsKey("consumer1"));
        var ready = get("/health/ready");
        assertEquals(200, ready.statusCode());
        var roles = new JsonObject(ready.body()).getJsonObject("roles");
        assertTrue(
                roles.fieldNames()
                        .containsAll(Set.of(
                                "streamer0 (sealing)",
                                "streamer0 (publishing)",
                                "retention",
                                "consumer0",
                                "simulator0")),
                ready::body);
        assertFalse(ready.body().contains("down"), ready::body);
    }
}
