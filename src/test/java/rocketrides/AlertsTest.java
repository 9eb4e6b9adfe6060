package rocketrides;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static rocketrides.testing.TestLog.await;

import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import io.vertx.sqlclient.Pool;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import rocketrides.consumer.Rewind;
import rocketrides.log.PostgresSegmentStore;
import rocketrides.rides.TotalDistance;
import rocketrides.servers.Postgres;
import rocketrides.testing.AlertRules;
import rocketrides.testing.Eventually;
import rocketrides.testing.LogCapture;
import rocketrides.testing.OwnServers;
import rocketrides.testing.TestLog;

/**
 * A whole process, and what its operator relies on: every alert of docs/prometheus-alerts.yml begins when its state is
 * brought about and ends when that is mended, the meters have the right values, and the log has the ALARM lines.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
@ExtendWith(VertxExtension.class)
class AlertsTest {
    private static final Set<String> OF_DATA = Set.of(
            "StagedBacklogOld",
            "ConsumerLagging",
            "ConsumerBehind",
            "RecordsRejected",
            "RetentionHeldBack",
            "AuditRed");
    private static final Set<String> OF_SERVERS = Set.of("PostgresAway", "RedisAway");
    private static final Set<String> OF_OWNERS = Set.of("RoleWithoutOwner");
    private static final Set<String> OF_ROLES = Set.of("RoleNotWorking");
    private static final Set<String> OF_PROCESSES = Set.of("ProcessAway");

    private static final String STAGE = """
            WITH r AS (INSERT INTO rides (distance) SELECT g FROM generate_series(1, %d) g RETURNING id, distance)
            INSERT INTO staged_log_records (action, object, data, staged_at)
            SELECT 'create', 'ride', jsonb_build_object('id', id, 'distance', distance), now() - interval '%s' FROM r""";

    private static final HttpClient HTTP = HttpClient.newHttpClient();

    @TempDir
    static Path directory;

    private static OwnServers servers;
    private static Postgres superuser;
    private static Pool pool;
    private static Application application;
    private static AlertRules rules;

    @BeforeAll
    static void start(Vertx vertx) throws Exception {
        rules = new AlertRules();
        servers = OwnServers.asAsked(directory, true, true);
        var environment = new HashMap<>(servers.environment(vertx));
        environment.putAll(Map.of(
                "API_PORT",
                "0",
                "ROCKET_RIDES_SIMULATOR_INSTANCES",
                "0",
                "ROCKET_RIDES_AUDIT_INTERVAL",
                "100ms",
                "ROCKET_RIDES_FAILURES_STREAMER_AFTER_PUBLISH",
                "0",
                "ROCKET_RIDES_FAILURES_CONSUMER_BEFORE_SAVE",
                "0"));
        application = TestProgram.application(environment);
        application.start();
        superuser = new Postgres(vertx, servers.postgres().uri(), servers.caFile(), 4, 1);
        pool = superuser.pool();
        for (int ride = 1; ride <= 3; ride++) {
            assertEquals(201, post("/rides", "{\"distance\": 5}"));
            int rides = ride; // a batch of its own each: of the first one that a process sees there is no latency
            for (var consumer : List.of("consumer0", "consumer1")) {
                eventually(
                        "a ride is counted",
                        () -> value("rocketrides_consumer_records_applied_total{consumer=\"" + consumer + "\"}")
                                == rides);
            }
        }
        eventually(
                "all rides are counted",
                () -> value("rocketrides_consumer_offset{consumer=\"consumer1\",partition=\"0\"}") == 3);
    }

    @AfterAll
    static void stop() {
        application.stop();
        await(superuser.close());
        servers.close();
    }

    @Test
    @Order(1)
    void everyAlertIsTestedHereAndNoneFiresWhileAllIsWell() {
        var tested = new TreeSet<>(OF_DATA);
        tested.addAll(OF_SERVERS);
        tested.addAll(OF_OWNERS);
        tested.addAll(OF_ROLES);
        tested.addAll(OF_PROCESSES);
        assertEquals(tested, new TreeSet<>(rules.alerts()));
        assertFiring(Set.of());
    }

    @Test
    @Order(2)
    void metersHaveTheValuesOfWhatHappened() {
        assertEquals(3, value("rocketrides_records_staged_total"));
        assertEquals(3, value("rocketrides_records_sealed_total"));
        assertEquals(3, value("rocketrides_consumer_records_applied_total{consumer=\"consumer0\"}"));
        for (var latency : List.of(
                "rocketrides_relay_latency_seconds_%s{stage=\"sealed-to-published\"}",
                "rocketrides_consumer_latency_seconds_%s{consumer=\"consumer0\"}")) {
            eventually(latency, () -> value(String.format(Locale.ROOT, latency, "count")) >= 1);
            double seconds = value(String.format(Locale.ROOT, latency, "sum"))
                    / value(String.format(Locale.ROOT, latency, "count"));
            assertTrue(seconds > 0 && seconds < 10, latency + " is " + seconds);
        }
        eventually(
                "the position is refreshed",
                () -> value("rocketrides_log_published_offset{partition=\"0\"}") == 3
                        && value("rocketrides_log_head_offset{partition=\"0\"}") == 3
                        && value("rocketrides_log_beginning_offset{partition=\"0\"}") == 1
                        && value("rocketrides_stream_entries") == 3);
        assertEquals(0, value("rocketrides_consumer_lag_records{consumer=\"consumer0\",partition=\"0\"}"));
        assertEquals(0, value("rocketrides_consumer_oldest_unapplied_age_seconds{consumer=\"consumer0\"}"));
        assertEquals(0, value("rocketrides_staged_oldest_age_seconds"));
    }

    @Test
    @Order(3)
    void alertsOfWhatIsInTheTables() throws Exception {
        try (var lines = new LogCapture()) {
            sql(
                    "INSERT INTO staged_log_records (action, object, data) VALUES ('create', 'ride', '{\"distance\": \"far\"}')");
            eventually("set aside", () -> value("rocketrides_consumer_rejected_records{consumer=\"consumer1\"}") == 1);
            assertFiring(Set.of("RecordsRejected"));

            sql("UPDATE total_distances SET rides = rides + 1 WHERE consumer = 'consumer0'");
            lines.await(1, line -> line.startsWith("ERROR audit ALARM: the books do not balance"));
            assertFiring(Set.of("RecordsRejected", "AuditRed"));
            assertEquals(-1, value("rocketrides_audit_unaccounted_rides"));

            var consumers = hold("SELECT FROM checkpoints FOR UPDATE");
            sql("INSERT INTO checkpoints (name, projection, last_offset) VALUES ('late', 'total_distance', 0)");
            sql(String.format(Locale.ROOT, STAGE, 10_001, "0 s"));
            eventually(
                    "sealed",
                    () -> value("rocketrides_consumer_lag_records{consumer=\"late\",partition=\"0\"}") == 10_005);
            sql("UPDATE log_segments SET sealed_at = now() - interval '8 days'");
            var sealing = hold("SELECT FROM log_head FOR UPDATE");
            sql(String.format(Locale.ROOT, STAGE, 2, "5 min"));
            assertFiring(OF_DATA);
            assertEquals(2, value("rocketrides_staged_records"));
            assertEquals(10_001, value("rocketrides_consumer_lag_records{consumer=\"consumer0\",partition=\"0\"}"));
            assertEquals(10_005, value("rocketrides_log_head_offset{partition=\"0\"}"));
            assertAbout(5 * 60, value("rocketrides_staged_oldest_age_seconds"));
            for (var consumer : List.of("late", "consumer0")) {
                assertAbout(
                        8 * 24 * 3600,
                        value("rocketrides_consumer_oldest_unapplied_age_seconds{consumer=\"" + consumer + "\"}"));
            }

            sealing.close();
            consumers.close();
            sql("UPDATE log_segments SET sealed_at = now()");
            sql("DELETE FROM checkpoints WHERE name = 'late'");
            sql("UPDATE total_distances SET rides = rides - 1 WHERE consumer = 'consumer0'");
            lines.await(1, line -> line.startsWith("INFO audit the books balance again"));
            sql("UPDATE log_segments SET records = replace(records, 'create\tride\t{\"distance\": \"far\"}',"
                    + " 'delete\tride\t{\"distance\": \"far\"}')");
            assertEquals(204, post("/dashboard/controls/flush", "{}"), "so that the archive is read, as it is now");
            var rewind = new Rewind(pool, new PostgresSegmentStore(pool, 0), new TotalDistance());
            for (var consumer : List.of("consumer0", "consumer1")) {
                await(rewind.rewind(consumer, 0, offset -> {}));
            }
            assertFiring(Set.of());
        }
    }

    /** Nothing is sealed past its checkpoint, so its lag is 0; the alert must see what is staged. */
    @Test
    @Order(4)
    void aConsumerIsBehindAlsoWhileNothingIsSealed() throws Exception {
        var sealing = hold("SELECT FROM log_head FOR UPDATE");
        sql(String.format(Locale.ROOT, STAGE, 1, "3 min"));
        assertFiring(Set.of("StagedBacklogOld", "ConsumerBehind"));
        assertAbout(3 * 60, value("rocketrides_consumer_oldest_unapplied_age_seconds{consumer=\"consumer1\"}"));
        sealing.close();
        assertFiring(Set.of());
    }

    @Test
    @Order(5)
    void alertsOfServers() throws Exception {
        assertEquals(200, get("/health/ready").statusCode());
        servers.redis().stop();
        eventually("RedisAway", () -> firing().contains("RedisAway"));
        assertTrue(get("/health/ready").body().contains("\"status\":\"degraded\""));
        servers.postgres().stop();
        eventually("both", () -> firing().containsAll(OF_SERVERS));
        assertEquals(503, get("/health/ready").statusCode());
        servers.redis().start();
        servers.postgres().start();
        assertFiring(Set.of());
        assertEquals(200, get("/health/ready").statusCode());
    }

    /** A consumer of a process that is gone. */
    @Test
    @Order(6)
    void aRoleWithoutAnOwner() throws Exception {
        assertEquals(1, value("rocketrides_assignment_owned{role=\"streamer\"}"));
        assertEquals(1, value("rocketrides_members{role=\"streamer\"}"));
        sql("INSERT INTO assignments VALUES ('late', 0, 'dead', now())");
        assertFiring(OF_OWNERS);
        assertTrue(get("/status").body().contains("{\"role\":\"late\",\"owner\":null,\"members\":0}"));
        sql("DELETE FROM assignments WHERE role = 'late'");
        assertFiring(Set.of());
    }

    @Test
    @Order(7)
    void alertsOfRoles() throws Exception {
        try (var lines = new LogCapture()) {
            sql("WITH t AS (DELETE FROM total_distances WHERE consumer = 'consumer1')"
                    + " DELETE FROM checkpoints WHERE name = 'consumer1'");
            lines.await(
                    1,
                    line -> line.contains(
                            "ERROR rocketrides.consumer.ConsumerVerticle ALARM: consumer1 stopped: its row in checkpoints"));
            assertFiring(OF_ROLES);
            assertEquals(0, value("rocketrides_role_up{role=\"consumer1\"}"));
            assertTrue(get("/health/ready").body().contains("\"consumer1\":\"stopped\""));
            for (var paused : List.of(true, false)) {
                assertEquals(
                        204, post("/dashboard/controls/pause", "{\"role\":\"consumer1\",\"paused\":" + paused + "}"));
            }
            assertFiring(Set.of());
        }
    }

    @Test
    @Order(8)
    void aStreamerThatGivesUpSaysSo() {
        try (var lines = new LogCapture()) {
            sql(
                    "UPDATE log_cursor SET published = (SELECT min(last_offset) - 1 FROM log_segments WHERE last_offset > first_offset)");
            lines.await(
                    1,
                    line -> line.startsWith("ERROR ")
                            && line.contains("ALARM")
                            && line.contains("log_segments has no segment that begins at offset"));
            assertFiring(OF_ROLES);
        }
    }

    /** {@code up} is Prometheus's own: whether it could scrape. */
    @Test
    @Order(8)
    void alertsOfProcesses() {
        OF_PROCESSES.forEach(alert -> {
            assertTrue(rules.fires(alert, "up{instance=\"a\"} 1\nup{instance=\"b\"} 0"));
            assertFalse(rules.fires(alert, "up{instance=\"a\"} 1\nup{instance=\"b\"} 1"));
        });
    }

    private static void assertFiring(Set<String> expected) {
        eventually("exactly these alerts: " + expected, () -> firing().equals(expected));
    }

    private static Set<String> firing() {
        var scrape = get("/metrics").body();
        var firing = new TreeSet<String>();
        rules.alerts().stream().filter(alert -> rules.fires(alert, scrape)).forEach(firing::add);
        return firing;
    }

    private static void eventually(String what, Eventually.Condition condition) {
        Eventually.eventually(
                () -> what + "; firing: " + firing() + "\n" + get("/metrics").body(), condition);
    }

    private static void assertAbout(long expected, double seconds) {
        assertTrue(seconds >= expected && seconds < expected + 120, seconds + " is not about " + expected);
    }

    /** Of the sample with this name and labels; NaN if there is none. */
    private static double value(String sample) {
        var line = Pattern.compile("^" + Pattern.quote(sample) + " (\\S+)$", Pattern.MULTILINE)
                .matcher(get("/metrics").body());
        return line.find() ? Double.parseDouble(line.group(1)) : Double.NaN;
    }

    private static HttpResponse<String> get(String path) {
        return send(request(path));
    }

    private static int post(String path, String json) {
        var request = request(path).header("Content-Type", "application/json").POST(BodyPublishers.ofString(json));
        return send(request).statusCode();
    }

    private static HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + application.port() + path));
    }

    private static HttpResponse<String> send(HttpRequest.Builder request) {
        try {
            return HTTP.send(request.build(), BodyHandlers.ofString());
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private static void sql(String sql) {
        await(pool.query(sql).execute());
    }

    /** Keeps the locks of the statement until it is closed. */
    private static TestLog.Held hold(String sql) {
        var session = await(pool.getConnection());
        await(session.begin());
        await(session.query("SET LOCAL idle_in_transaction_session_timeout = 0; " + sql)
                .execute());
        return () -> {
            await(session.transaction().rollback());
            await(session.close());
        };
    }
}
