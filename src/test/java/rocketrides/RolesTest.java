package rocketrides;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static rocketrides.testing.Eventually.eventually;

import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.junit5.VertxExtension;
import io.vertx.pgclient.PgException;
import io.vertx.redis.client.Command;
import io.vertx.sqlclient.Pool;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import rocketrides.config.Settings.Delivery;
import rocketrides.servers.Postgres;
import rocketrides.servers.ServerException;
import rocketrides.testing.LeastPrivilege;
import rocketrides.testing.TestLog;
import rocketrides.testing.TestRole;
import rocketrides.testing.TestServers;
import rocketrides.testing.TestSettings;

/** The scripts of docs/, applied as docs/operating.md says; then every process runs under its own role. */
@ExtendWith(VertxExtension.class)
class RolesTest {
    @TempDir
    Path directory;

    private final TestLog log = new TestLog(Delivery.IDEMPOTENT);
    private final Vertx vertx;
    private final List<Application> applications = new ArrayList<>();
    private final List<Postgres> connected = new ArrayList<>();
    private final String database = "roles_" + ProcessHandle.current().pid() + "_" + System.nanoTime();

    RolesTest(Vertx vertx) {
        this.vertx = vertx;
    }

    @BeforeEach
    void applyTheRoles() {
        log.sql("CREATE DATABASE " + database);
        LeastPrivilege.createRoles(connect(TestServers.postgres(database)).pool());
        log.createRedisUsers();
    }

    @AfterEach
    void stop() {
        for (int i = applications.size() - 1; i >= 0; i--) {
            applications.get(i).stop();
        }
        connected.forEach(postgres -> TestLog.await(postgres.close()));
        log.sql("DROP DATABASE " + database + " WITH (FORCE)");
        log.close();
    }

    private String uri(TestRole role) {
        return LeastPrivilege.postgres(TestServers.postgres(database), role);
    }

    private static String redisUri(TestRole role) {
        return LeastPrivilege.redis(TestServers.redis(), role);
    }

    private void run(String uri, String sql) {
        TestLog.await(connect(uri).pool().query(sql).execute());
    }

    private Postgres connect(String uri) {
        var postgres = TestServers.connect(vertx, uri, 1);
        connected.add(postgres);
        return postgres;
    }

    private void applySchemaAndGrants() {
        var owner = connect(uri(TestRole.OWNER));
        TestLog.await(owner.ready(TestServers.SCHEMA));
        LeastPrivilege.grant(owner.pool());
    }

    private Application start(TestRole role) throws Exception {
        var environment = new HashMap<>(TestSettings.servers(uri(role), redisUri(role), TestServers.caFile()));
        for (var each : List.of("api", "streamer", "consumer", "simulator")) {
            environment.put("ROCKET_RIDES_" + each.toUpperCase(java.util.Locale.ROOT) + "_INSTANCES", "0");
        }
        environment.put("ROCKET_RIDES_" + role + "_INSTANCES", "1");
        environment.putAll(Map.of(
                "STREAM_NAME",
                log.settings.stream(),
                "API_PORT",
                "0",
                "ROCKET_RIDES_STREAMER_POLL_INTERVAL",
                "10ms",
                "ROCKET_RIDES_LOG_DELIVERY",
                "idempotent"));
        var application = TestProgram.application(environment);
        applications.add(application);
        application.start();
        return application;
    }

    @Test
    void theWholeSystemRunsUnderThem() throws Exception {
        applySchemaAndGrants();
        var streamer = start(TestRole.STREAMER);
        var consumer = start(TestRole.CONSUMER);
        var api = start(TestRole.API);
        var http = HttpClient.newHttpClient();
        for (var process : List.of(streamer, consumer, api)) {
            var status = URI.create("http://127.0.0.1:" + process.port() + "/status");
            var answer = http.send(HttpRequest.newBuilder(status).build(), BodyHandlers.ofString());
            assertEquals(200, answer.statusCode(), answer::body);
        }
        var rides = URI.create("http://127.0.0.1:" + api.port() + "/rides");
        for (int i = 0; i < 20; i++) {
            var posted = http.send(
                    HttpRequest.newBuilder(rides)
                            .header("Content-Type", "application/json")
                            .POST(BodyPublishers.ofString("{\"distance\": 1.5}"))
                            .build(),
                    BodyHandlers.ofString());
            assertEquals(201, posted.statusCode(), posted::body);
        }
        var looks = connect(uri(TestRole.MONITORING)).pool();
        eventually(
                () -> "the consumer counts 20 rides: "
                        + value(
                                looks,
                                "SELECT row(h, l, c, (SELECT count(*) FROM staged_log_records), t)::text FROM log_head h,"
                                        + " log_cursor l, checkpoints c LEFT JOIN total_distances t ON t.consumer = c.name"),
                () -> value(looks, "SELECT coalesce(sum(rides), 0)::text FROM total_distances")
                        .equals("20"));
        assertEquals(20L, log.redis(Command.XLEN, log.settings.stream()).toLong());
        var ready =
                http.send(HttpRequest.newBuilder(rides.resolve("/health/ready")).build(), BodyHandlers.ofString());
        assertEquals("up", new JsonObject(ready.body()).getString("redis"), ready::body);

        assertEquals(0, command(TestRole.MONITORING, "audit"));
        assertEquals(0, command(TestRole.OPERATOR, "consumer", "rewind", "consumer0", "--to", "5", "--yes"));
        assertEquals(1, command(TestRole.API, "consumer", "remove", "consumer0", "--yes"));
        assertEquals(0, command(TestRole.MONITORING, "audit"));
        assertEquals(0, command(TestRole.OPERATOR, "consumer", "remove", "consumer0", "--yes"));
    }

    private static String value(Pool pool, String sql) {
        return TestLog.await(pool.query(sql).execute()).iterator().next().getString(0);
    }

    /** The page has the button, but only a demonstration's user has the right. */
    @Test
    void aFlushThatRedisRefusesIsNotSaidToBeDone() throws Exception {
        applySchemaAndGrants();
        var api = start(TestRole.API);
        var flush = URI.create("http://127.0.0.1:" + api.port() + "/dashboard/controls/flush");
        var answer = HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(flush)
                                .header("Content-Type", "application/json")
                                .POST(BodyPublishers.ofString("{}"))
                                .build(),
                        BodyHandlers.ofString());
        assertEquals(503, answer.statusCode(), answer::body);
    }

    private int command(TestRole role, String... words) throws Exception {
        var conf = Files.createTempFile(directory, "conf", ".yaml");
        Files.writeString(
                conf,
                TestSettings.configuration(
                        uri(role), redisUri(TestRole.MONITORING), TestServers.caFile(), log.settings.stream()));
        var all = new ArrayList<>(List.of(words));
        all.addAll(List.of("-c", conf.toString()));
        var out = new PrintWriter(new StringWriter());
        return Main.program().commandLine().setOut(out).setErr(out).execute(all.toArray(String[]::new));
    }

    @Test
    void nobodyMayDoAnothersWork() throws Exception {
        applySchemaAndGrants();
        refused(TestRole.API, "DELETE FROM log_segments");
        refused(TestRole.API, "UPDATE rides SET distance = 1");
        refused(TestRole.STREAMER, "INSERT INTO rides (distance) VALUES (1)");
        refused(TestRole.STREAMER, "UPDATE checkpoints SET last_offset = 0");
        refused(TestRole.CONSUMER, "UPDATE log_head SET next_offset = 1");
        refused(TestRole.CONSUMER, "DELETE FROM checkpoints");
        refused(TestRole.MONITORING, "UPDATE log_cursor SET published = 0");
        refused(TestRole.OPERATOR, "INSERT INTO staged_log_records (action, object, data) VALUES ('a', 'b', '{}')");
        refused(TestRole.CONSUMER, "CREATE TABLE mine (id int)");
    }

    @Test
    void aWriterMayStageAndDoNothingElse() throws Exception {
        applySchemaAndGrants();
        run(uri(TestRole.WRITER), "SELECT stage_record('create', 'payment', '{\"id\": 1}')");
        run(uri(TestRole.API), "SELECT stage_record('create', 'payment', '{\"id\": 2}')");
        refused(TestRole.STREAMER, "SELECT stage_record('create', 'payment', '{}')");
        refused(TestRole.WRITER, "INSERT INTO staged_log_records (action, object, data) VALUES ('a', 'b', '{}')");
        refused(TestRole.WRITER, "SELECT FROM staged_log_records");
        refused(TestRole.WRITER, "SELECT nextval('staged_log_records_id_seq')");
        refused(TestRole.WRITER, "SELECT FROM checkpoints");
        refused(TestRole.WRITER, "CREATE TEMPORARY TABLE staged_log_records (action text, object text, data jsonb)");
    }

    /** The function runs as the owner of the tables, so a caller's table must not take the place of one of them. */
    @Test
    void aTemporaryTableOfTheCallerGetsNoRecords() throws Exception {
        applySchemaAndGrants();
        run(TestServers.postgres(database), "GRANT TEMPORARY ON DATABASE " + database + " TO PUBLIC");
        run(
                uri(TestRole.WRITER),
                "CREATE TEMPORARY TABLE staged_log_records (action text, object text, data jsonb);"
                        + " SELECT stage_record('create', 'payment', '{}')");
        var owner = connect(uri(TestRole.OWNER)).pool();
        assertEquals(
                1L,
                TestLog.await(owner.query("SELECT count(*) FROM staged_log_records")
                                .execute())
                        .iterator()
                        .next()
                        .getLong(0));
    }

    private void refused(TestRole role, String sql) {
        var refused = assertThrows(PgException.class, () -> run(uri(role), sql), role + " may " + sql);
        assertEquals("42501", refused.getSqlState(), refused.getMessage());
    }

    @Test
    void aRoleThatMayNotCreateTablesSaysSoWhenThereAreNoneOrOthers() throws Exception {
        var early = assertThrows(
                ServerException.class,
                () -> TestLog.await(connect(uri(TestRole.API)).ready(TestServers.SCHEMA)));
        assertTrue(early.getMessage().contains("rocket-rides-log schema"), early.getMessage());
        assertEquals(0, command(TestRole.OWNER, "schema"));
        LeastPrivilege.grant(connect(uri(TestRole.OWNER)).pool());
        TestLog.await(connect(uri(TestRole.API)).ready(TestServers.SCHEMA));
        run(uri(TestRole.OWNER), "COMMENT ON TABLE log_head IS 'schema of another version'");
        assertThrows(
                ServerException.class,
                () -> TestLog.await(connect(uri(TestRole.API)).ready(TestServers.SCHEMA)));
    }
}
