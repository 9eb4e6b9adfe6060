package rocketrides;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.pgclient.PgException;
import io.vertx.redis.client.Command;
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
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import rocketrides.config.Settings.Delivery;
import rocketrides.config.SettingsLoader;
import rocketrides.servers.Postgres;
import rocketrides.servers.ServerException;

/** The scripts of docs/, applied as docs/operating.md says; then every process runs under its own role. */
class RolesTest {
    private static final String PASSWORD = "secret";

    @TempDir
    Path directory;

    private final TestLog log = new TestLog(Delivery.IDEMPOTENT);
    private final Vertx vertx = Vertx.vertx();
    private final List<Application> applications = new ArrayList<>();
    private final List<Postgres> connected = new ArrayList<>();
    private final String database = "roles_" + ProcessHandle.current().pid() + "_" + System.nanoTime();

    @BeforeEach
    void applyTheRoles() throws Exception {
        log.sql("CREATE DATABASE " + database);
        run(TestServers.postgres(database), Files.readString(Path.of("docs/postgres-roles.sql")));
        for (var role : List.of("owner", "monitoring", "api", "streamer", "consumer", "operator")) {
            log.sql("ALTER ROLE rocket_rides_" + role + " PASSWORD '" + PASSWORD + "'");
        }
        for (var line : Files.readAllLines(Path.of("docs/redis.acl"))) {
            var own = line.replace("~rocket-rides-log", "~" + log.settings.stream());
            var words = own.split(" ");
            log.redis(Command.ACL, (Object[]) ("SETUSER " + own.substring(words[0].length() + 1)).split(" "));
        }
    }

    @AfterEach
    void stop() {
        for (int i = applications.size() - 1; i >= 0; i--) {
            applications.get(i).stop();
        }
        connected.forEach(postgres -> TestLog.await(postgres.close()));
        log.sql("DROP DATABASE " + database + " WITH (FORCE)");
        TestLog.await(vertx.close());
        log.close();
    }

    private String uri(String role) {
        return TestServers.postgres(database).replaceFirst("//[^@]*@", "//rocket_rides_" + role + ":" + PASSWORD + "@");
    }

    private static String redisUri(String user) {
        return TestServers.redis().replaceFirst("//([^@/]*@)?", "//rocket_rides_" + user + ":change-me-" + user + "@");
    }

    private void run(String uri, String sql) {
        TestLog.await(connect(uri).pool().query(sql).execute());
    }

    private Postgres connect(String uri) {
        var postgres = new Postgres(vertx, uri, 1, 1);
        connected.add(postgres);
        return postgres;
    }

    private void applySchemaAndGrants() throws Exception {
        TestLog.await(connect(uri("owner")).ready());
        run(uri("owner"), Files.readString(Path.of("docs/postgres-grants.sql")));
    }

    private Application start(String role, String redisUser) throws Exception {
        var environment = new HashMap<String, String>();
        for (var each : List.of("api", "streamer", "consumer", "simulator")) {
            environment.put("ROCKET_RIDES_" + each.toUpperCase(java.util.Locale.ROOT) + "_INSTANCES", "0");
        }
        environment.put("ROCKET_RIDES_" + role.toUpperCase(java.util.Locale.ROOT) + "_INSTANCES", "1");
        environment.putAll(Map.of(
                "DATABASE_URL",
                uri(role),
                "REDIS_URL",
                redisUri(redisUser),
                "STREAM_NAME",
                log.settings.stream(),
                "API_PORT",
                "0",
                "ROCKET_RIDES_STREAMER_POLL_INTERVAL",
                "10ms",
                "ROCKET_RIDES_LOG_DELIVERY",
                "idempotent"));
        var application = new Application(SettingsLoader.load(Optional.empty(), environment));
        applications.add(application);
        application.start();
        return application;
    }

    @Test
    void theWholeSystemRunsUnderThem() throws Exception {
        applySchemaAndGrants();
        start("streamer", "streamer");
        start("consumer", "consumer");
        var api = start("api", "monitoring");
        var http = HttpClient.newHttpClient();
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
        var looks = connect(uri("monitoring")).pool();
        var deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (TestLog.await(looks.query("SELECT coalesce(sum(rides), 0)::bigint FROM total_distances")
                                .execute())
                        .iterator()
                        .next()
                        .getLong(0)
                < 20) {
            assertTrue(
                    System.nanoTime() < deadline,
                    () -> "the consumer has not counted 20 rides after 30 s: "
                            + TestLog.await(looks.query(
                                                    "SELECT row(h, l, c, (SELECT count(*) FROM staged_log_records), t)::text FROM log_head h, log_cursor l, checkpoints c LEFT JOIN total_distances t ON t.consumer = c.name")
                                            .execute())
                                    .iterator()
                                    .next()
                                    .getString(0));
            Thread.sleep(50);
        }
        assertEquals(20L, log.redis(Command.XLEN, log.settings.stream()).toLong());
        var ready =
                http.send(HttpRequest.newBuilder(rides.resolve("/health/ready")).build(), BodyHandlers.ofString());
        assertEquals("up", new JsonObject(ready.body()).getString("redis"), ready::body);

        assertEquals(0, command("monitoring", "audit"));
        assertEquals(0, command("operator", "consumer", "rewind", "consumer0", "--to", "5", "--yes"));
        assertEquals(1, command("api", "consumer", "remove", "consumer0", "--yes"));
        assertEquals(0, command("monitoring", "audit"));
        assertEquals(0, command("operator", "consumer", "remove", "consumer0", "--yes"));
    }

    private int command(String role, String... words) throws Exception {
        var conf = Files.createTempFile(directory, "conf", ".yaml");
        Files.writeString(
                conf,
                "postgres:\n  uri: " + uri(role) + "\nredis:\n  uri: " + redisUri("monitoring") + "\nlog:\n  stream: "
                        + log.settings.stream() + "\n");
        var all = new ArrayList<>(List.of(words));
        all.addAll(List.of("-c", conf.toString()));
        var out = new PrintWriter(new StringWriter());
        return Main.commandLine().setOut(out).setErr(out).execute(all.toArray(String[]::new));
    }

    @Test
    void nobodyMayDoAnothersWork() throws Exception {
        applySchemaAndGrants();
        refused("api", "DELETE FROM log_segments");
        refused("api", "UPDATE rides SET distance = 1");
        refused("streamer", "INSERT INTO rides (distance) VALUES (1)");
        refused("streamer", "UPDATE checkpoints SET last_offset = 0");
        refused("consumer", "UPDATE log_head SET next_offset = 1");
        refused("consumer", "DELETE FROM checkpoints");
        refused("monitoring", "UPDATE log_cursor SET published = 0");
        refused("operator", "INSERT INTO staged_log_records (action, object, data) VALUES ('a', 'b', '{}')");
        refused("consumer", "CREATE TABLE mine (id int)");
    }

    private void refused(String role, String sql) {
        var refused = assertThrows(PgException.class, () -> run(uri(role), sql), role + " may " + sql);
        assertEquals("42501", refused.getSqlState(), refused.getMessage());
    }

    @Test
    void aRoleThatMayNotCreateTablesSaysSoWhenThereAreNoneOrOthers() throws Exception {
        var early = assertThrows(
                ServerException.class, () -> TestLog.await(connect(uri("api")).ready()));
        assertTrue(early.getMessage().contains("rocket-rides-log schema"), early.getMessage());
        assertEquals(0, command("owner", "schema"));
        run(uri("owner"), Files.readString(Path.of("docs/postgres-grants.sql")));
        TestLog.await(connect(uri("api")).ready());
        run(uri("owner"), "COMMENT ON TABLE log_head IS 'schema of another version'");
        assertThrows(
                ServerException.class, () -> TestLog.await(connect(uri("api")).ready()));
    }
}
