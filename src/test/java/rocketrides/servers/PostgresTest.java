package rocketrides.servers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static rocketrides.testing.Eventually.eventually;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.PoolOptions;
import java.io.ByteArrayInputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import rocketrides.embedded.Directories;
import rocketrides.embedded.Ports;
import rocketrides.embedded.Processes;
import rocketrides.testing.LogCapture;
import rocketrides.testing.OwnServers;
import rocketrides.testing.TestServers;

@ExtendWith(VertxExtension.class)
class PostgresTest {
    @TempDir
    static Path directory;

    static OwnServers servers;
    static String uri;

    Vertx vertx;
    List<Postgres> opened = new ArrayList<>();
    Postgres postgres;

    @BeforeAll
    static void startServer() {
        servers = OwnServers.asAsked(directory, true, false);
        uri = servers.postgres().uri();
    }

    @AfterAll
    static void stopServer() {
        servers.close();
    }

    @BeforeEach
    void connect(Vertx vertx) {
        this.vertx = vertx;
        postgres = open(uri, 2);
    }

    @AfterEach
    void disconnect() throws Exception {
        for (Postgres each : opened) {
            each.close().await(5, TimeUnit.SECONDS);
        }
    }

    @Test
    void everySessionIsDurableAndBounded() throws Exception {
        for (Pool pool : List.of(postgres.pool(), postgres.streamerPool())) {
            assertEquals("on", value(pool, "SHOW synchronous_commit"));
            assertEquals("read committed", value(pool, "SHOW transaction_isolation"));
            assertEquals("30s", value(pool, "SHOW statement_timeout"));
            assertEquals("10s", value(pool, "SHOW idle_in_transaction_session_timeout"));
            assertEquals("UTC", value(pool, "SHOW timezone"));
            assertEquals("off", value(pool, "SHOW jit"));
            assertEquals("5", value(pool, "SHOW tcp_keepalives_idle"));
            assertEquals("2", value(pool, "SHOW tcp_keepalives_interval"));
            assertEquals("3", value(pool, "SHOW tcp_keepalives_count"));
            assertEquals("11000", value(pool, "SHOW tcp_user_timeout"));
            assertEquals("rocket-rides-log", value(pool, "SHOW application_name"));
        }
        assertEquals("off", value(postgres.streamerPool(), "SHOW enable_seqscan"));
        assertEquals("on", value(postgres.pool(), "SHOW enable_seqscan"));
    }

    @Test
    void userAndPasswordMayHoldAnyCharacter() throws Exception {
        postgres.pool()
                .query("CREATE ROLE \"a+b\" LOGIN PASSWORD 'c+d &=%:@/ü'")
                .execute()
                .await(5, TimeUnit.SECONDS);
        String as = "//a+b:c+d%20&=%25:%40%2F%C3%BC@";
        assertEquals("a+b", value(open(uri.replaceFirst("//[^@]*@", as), 1).pool(), "SELECT session_user::text"));
        assertEquals(
                "[::1]:5432/d", open("postgresql://u:p@[::1]/d", 1).address(), "an address of IPv6 stands in brackets");
    }

    @Test
    void anOutageIsToldFromAWrongRequest() throws Exception {
        Throwable wrong = failure(postgres.pool().query("SELECT 1/0").execute());
        assertFalse(Outage.isUnavailable(wrong), wrong::toString);

        Future<?> inFlight = postgres.pool().query("SELECT pg_sleep(20)").execute();
        eventually("the query is under way", () -> value(
                        postgres.streamerPool(),
                        "SELECT count(*)::text FROM pg_stat_activity WHERE query ~ '^SELECT pg_sleep'")
                .equals("1"));
        Processes.running("postgres", directory.toRealPath().resolve("postgres"))
                .forEach(ProcessHandle::destroyForcibly);
        Throwable cut = failure(inFlight);
        assertTrue(Outage.isUnavailable(cut), cut::toString);
        Throwable away = failure(postgres.pool().query("SELECT 1").execute());
        assertTrue(Outage.isUnavailable(away), away::toString);
        servers.postgres().start();
        eventually(
                "Postgres is back",
                () -> postgres.pool()
                                .query("SELECT 1")
                                .execute()
                                .otherwiseEmpty()
                                .await(10, TimeUnit.SECONDS)
                        != null);
    }

    @Test
    void aFullPoolIsAnOutageAfterSomeSeconds() throws Exception {
        Postgres narrow = open(uri, 1);
        var held = narrow.pool().getConnection().await(5, TimeUnit.SECONDS);
        Throwable failure = failure(narrow.pool().query("SELECT 1").execute());
        assertTrue(Outage.isUnavailable(failure), failure::toString);
        held.close().await(5, TimeUnit.SECONDS);
    }

    @Test
    void aStartWaitsForPostgresAndSaysSoOnce() throws Exception {
        servers.postgres().stop();
        try (var log = new LogCapture()) {
            Future<Void> ready = postgres.ready(TestServers.SCHEMA);
            Future<Void> timer = vertx.timer(1500, TimeUnit.MILLISECONDS).mapEmpty();
            timer.await(5, TimeUnit.SECONDS);
            assertFalse(ready.isComplete());
            servers.postgres().start();
            ready.await(20, TimeUnit.SECONDS);
            List<String> lines = log.linesOf(Postgres.class);
            assertEquals(2, lines.size(), lines::toString);
            assertTrue(lines.get(0).startsWith("Waiting for Postgres at 127.0.0.1:"), lines.get(0));
            assertTrue(lines.get(1).endsWith("is back"), lines.get(1));
        } finally {
            servers.postgres().start();
        }
    }

    /** Broken: Postgres accepts the first connection and is too busy to answer in time. Must hold: that is no news. */
    @Test
    void oneLateAnswerIsNoNews() throws Exception {
        try (var log = new LogCapture()) {
            String address;
            Future<Void> ready;
            try (var busy = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
                address = "127.0.0.1:" + busy.getLocalPort();
                ready = open("postgresql://u:p@" + address + "/d", 1).ready(TestServers.SCHEMA);
                vertx.timer(5500, TimeUnit.MILLISECONDS).await();
                assertEquals(List.of(), log.linesOf(Postgres.class));
            }
            log.await(
                    1,
                    line -> line.contains("Waiting for Postgres at " + address + "/d: ") // refused, or lost
                            && line.endsWith(" (postgres.uri, DATABASE_URL)"));
            assertFalse(ready.isComplete());
        }
    }

    /** Broken: Postgres ends the session right after the schema is applied. Must hold: the start tries again. */
    @Test
    void aStartAlsoWaitsIfPostgresFailsAfterTheSchemaIsApplied() throws Exception {
        var attempts = new AtomicInteger();
        var read = postgres.ready(TestServers.SCHEMA, pool -> pool.query(
                        attempts.incrementAndGet() == 1
                                ? "SELECT pg_terminate_backend(pg_backend_pid())::int AS attempt"
                                : "SELECT 2 AS attempt")
                .execute()
                .map(rows -> rows.iterator().next().getInteger("attempt")));
        assertEquals(2, read.await(20, TimeUnit.SECONDS));
    }

    @Test
    void aStartThatWaitsEndsWhenItIsClosed() throws Exception {
        Postgres nowhere = open("postgresql://u:p@127.0.0.1:" + Ports.freeOr(0) + "/d", 1);
        Future<Void> ready = nowhere.ready(TestServers.SCHEMA);
        nowhere.close().await(5, TimeUnit.SECONDS);
        failure(ready);
    }

    @Test
    void aWrongPasswordIsNotWaitedFor() {
        Throwable failure =
                failure(open(uri.replaceFirst(":[^:@]*@", ":wrong@"), 1).ready(TestServers.SCHEMA));
        assertInstanceOf(ServerException.class, failure);
        var message = failure.getMessage();
        assertTrue(message.startsWith("Postgres at 127.0.0.1:") && message.contains(" refuses the login of "), message);
        assertTrue(
                message.endsWith(
                        "password authentication failed for user \"rocket_rides\". Check postgres.uri (DATABASE_URL)."),
                message);
    }

    @Test
    void aStandbyIsRefused() throws Exception {
        Path signal = directory.resolve("postgres/standby.signal");
        servers.postgres().stop();
        Files.createFile(signal);
        try {
            servers.postgres().start();
            String message = failure(postgres.ready(TestServers.SCHEMA)).getMessage();
            assertTrue(message.contains("is a standby"), message);
        } finally {
            servers.postgres().stop();
            Files.delete(signal);
            servers.postgres().start();
        }
    }

    /** Concurrent writers do not notice. */
    @Test
    void noConnectionIsKeptForLong() throws Exception {
        var options = PostgresOptions.of(uri, new Trust(vertx, servers.caFile()));
        var pool = Postgres.pool(vertx, new PoolOptions().setMaxSize(2), options, Duration.ofMillis(100));
        Set<String> sessions = new HashSet<>();
        eventually(() -> "three sessions, not only " + sessions, () -> {
            sessions.add(value(pool, "SELECT pg_backend_pid()::text"));
            return sessions.size() == 3;
        });
        pool.close().await(5, TimeUnit.SECONDS);
    }

    @Test
    void everySslModeDoesWhatItSays() throws Exception {
        assumeFalse(TestServers.secured(), "begins with a server that has no certificate");
        String encrypted = "SELECT ssl::text FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
        assertEquals("false", value(open(uri + "?sslmode=prefer", 1).pool(), encrypted));
        Throwable plain = failure(
                open(uri + "?sslmode=require", 1).pool().query(encrypted).execute());
        assertTrue(plain.toString().contains("SSL"), plain::toString);

        giveServerACertificate();
        assertEquals("true", value(open(uri + "?sslmode=prefer", 1).pool(), encrypted));
        assertEquals("true", value(open(uri + "?sslmode=require", 1).pool(), encrypted));
        for (String strict : List.of("verify-ca", "verify-full")) {
            String reason = failure(open(uri + "?sslmode=" + strict, 1)
                            .pool()
                            .query(encrypted)
                            .execute())
                    .toString();
            assertTrue(reason.contains("SSL") || reason.contains("certif"), reason);
        }
    }

    private void giveServerACertificate() throws Exception {
        Path store = directory.resolve("store.p12");
        Processes.Outcome made = Processes.run(
                directory,
                Duration.ofMinutes(2),
                "",
                List.of(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-keyalg",
                        "RSA",
                        "-alias",
                        "server",
                        "-dname",
                        "CN=elsewhere",
                        "-storetype",
                        "PKCS12",
                        "-keystore",
                        store.toString(),
                        "-storepass",
                        "secret"));
        assertEquals(0, made.exitCode(), made.output());
        KeyStore keys = KeyStore.getInstance("PKCS12");
        keys.load(new ByteArrayInputStream(Files.readAllBytes(store)), "secret".toCharArray());
        Path cluster = directory.resolve("postgres");
        writePem(
                cluster.resolve("server.crt"),
                "CERTIFICATE",
                keys.getCertificate("server").getEncoded());
        writePem(
                cluster.resolve("server.key"),
                "PRIVATE KEY",
                keys.getKey("server", "secret".toCharArray()).getEncoded());
        value(postgres.pool(), "ALTER SYSTEM SET ssl = on");
        value(postgres.pool(), "SELECT pg_reload_conf()::text");
        eventually("it speaks TLS", () -> value(open(uri + "?sslmode=prefer", 1).pool(), "SHOW ssl")
                .equals("on"));
    }

    private static void writePem(Path file, String kind, byte[] content) throws Exception {
        String body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(content);
        Directories.writePrivate(file, "-----BEGIN " + kind + "-----\n" + body + "\n-----END " + kind + "-----\n");
    }

    private Postgres open(String where, int size) {
        Postgres made = new Postgres(vertx, where, servers.caFile(), size, 1);
        opened.add(made);
        return made;
    }

    private static String value(Pool pool, String sql) throws Exception {
        var rows = pool.query(sql).execute().await(15, TimeUnit.SECONDS);
        return rows.size() == 0 ? "" : rows.iterator().next().getString(0);
    }

    private static Throwable failure(Future<?> future) {
        return assertThrows(Throwable.class, () -> future.await(15, TimeUnit.SECONDS));
    }
}
