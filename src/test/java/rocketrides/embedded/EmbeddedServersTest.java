package rocketrides.embedded;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static rocketrides.testing.OwnServers.BINARIES;

import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import rocketrides.servers.HeldConnection;
import rocketrides.servers.Postgres;
import rocketrides.servers.RedisClient;
import rocketrides.servers.ServerException;

@ExtendWith(VertxExtension.class)
class EmbeddedServersTest {
    private static Vertx vertx;

    @TempDir
    Path temp;

    Path directory;
    EmbeddedServers servers;

    @BeforeEach
    void chooseAPathWithSpacesAndAccents() {
        directory = temp.resolve("données d'Ève").resolve("d");
        servers = new EmbeddedServers(directory, BINARIES, true, true);
    }

    @AfterEach
    void stopServers() {
        servers.stop();
    }

    @BeforeAll
    static void start(Vertx injected) {
        vertx = injected;
    }

    @Test
    void stopLeavesNoProcessAndMayBeRepeatedAndDataSurvives() throws Exception {
        EmbeddedServers.Uris uris = servers.start();
        sql(uris, "CREATE TABLE t AS SELECT 42 AS n");
        redis(uris, Request.cmd(Command.SET).arg("k").arg("v"));
        assertTrue(servers.postgres().isRunning() && servers.redis().isRunning());
        servers.stop();
        servers.stop();
        assertFalse(servers.postgres().isRunning() || servers.redis().isRunning());
        assertTrue(ProcessHandle.allProcesses()
                .noneMatch(p -> p.info().commandLine().orElse("").contains(directory.toString())));

        servers = new EmbeddedServers(directory, BINARIES, true, true);
        uris = servers.start();
        assertEquals("42", sql(uris, "SELECT n::text FROM t"));
        assertEquals("v", redis(uris, Request.cmd(Command.GET).arg("k")).toString());
    }

    /** What one start is enough for. */
    @Nested
    @TestInstance(TestInstance.Lifecycle.PER_CLASS)
    class Running {
        private final Path directory;
        private final EmbeddedServers servers;
        private EmbeddedServers.Uris uris;

        Running(@TempDir Path temp) {
            directory = temp.resolve("d");
            servers = new EmbeddedServers(directory, BINARIES, true, true);
        }

        /** In a language with digits of its own. */
        @BeforeAll
        void start() {
            Locale before = Locale.getDefault();
            Locale.setDefault(Locale.forLanguageTag("ar-EG-u-nu-arab"));
            try {
                assertEquals("٥", String.format(Locale.getDefault(), "%d", 5), "the language has no digits of its own");
                uris = servers.start();
            } finally {
                Locale.setDefault(before);
            }
        }

        @AfterAll
        void stop() {
            servers.stop();
        }

        @Test
        void bothAreDurableAndRedisEvictsNothing() throws Exception {
            for (String setting : new String[] {"fsync", "full_page_writes", "synchronous_commit"}) {
                assertEquals("on", sql(uris, "SHOW " + setting), setting);
            }
            assertEquals("UTF8", sql(uris, "SHOW server_encoding"));
            assertEquals("scram-sha-256", sql(uris, "SELECT DISTINCT auth_method FROM pg_hba_file_rules"));
            assertEquals("yes", config(uris, "appendonly"));
            assertEquals("everysec", config(uris, "appendfsync"));
            assertEquals("noeviction", config(uris, "maxmemory-policy"));
        }

        @Test
        void onlyLoopbackIsListenedOnAndSecretsAreTheOwners() throws Exception {
            assertEquals("127.0.0.1", sql(uris, "SHOW listen_addresses"));
            assertEquals("127.0.0.1", config(uris, "bind"));
            for (NetworkInterface nic : NetworkInterface.networkInterfaces().toList()) {
                for (var address :
                        nic.inetAddresses().filter(a -> !a.isLoopbackAddress()).toList()) {
                    assertRefused(new InetSocketAddress(
                            address, URI.create(uris.postgres().get()).getPort()));
                    assertRefused(new InetSocketAddress(
                            address, URI.create(uris.redis().get()).getPort()));
                }
            }
            for (String secret :
                    List.of("postgres/rocket-rides.password", "redis/redis.conf", "postgres.uri", "redis.uri")) {
                assertEquals(
                        "rw-------",
                        PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.resolve(secret))));
            }
            assertFalse(uris.toString().contains("@"), uris.toString());
        }

        @Test
        void aSecondStartOnTheSameDirectoryIsRefused() {
            EmbeddedServers second = new EmbeddedServers(directory, BINARIES, true, true);
            String message = assertThrows(ServerException.class, second::start).getMessage();
            assertTrue(message.contains(directory.getFileName().toString()) && message.contains("in use"), message);
            assertTrue(servers.postgres().isRunning());
        }
    }

    @Test
    void serversLeftBehindByADeadProcessAreStoppedAndTheirDataKept() throws Exception {
        Path data = Directories.create(directory);
        EmbeddedPostgresServer postgres = new EmbeddedPostgresServer(data, new Binaries(BINARIES));
        EmbeddedRedisServer redis = new EmbeddedRedisServer(data, new Binaries(BINARIES));
        var left = new EmbeddedServers.Uris(Optional.of(postgres.start()), Optional.of(redis.start()));
        sql(left, "CREATE TABLE t AS SELECT 42 AS n");
        redis(left, Request.cmd(Command.SET).arg("k").arg("v"));

        EmbeddedServers.Uris uris = servers.start();
        assertRefused(new InetSocketAddress(
                "127.0.0.1", URI.create(left.postgres().get()).getPort()));
        assertRefused(new InetSocketAddress(
                "127.0.0.1", URI.create(left.redis().get()).getPort()));
        assertEquals("42", sql(uris, "SELECT n::text FROM t"));
        assertEquals("v", redis(uris, Request.cmd(Command.GET).arg("k")).toString());
    }

    @Test
    void killedServersStartAgainAlthoughTheirProcessIdNowIsAStrangers() throws Exception {
        EmbeddedServers.Uris uris = servers.start();
        sql(uris, "CREATE TABLE t AS SELECT 42 AS n");
        kill("postgres", directory.toRealPath().resolve("postgres"));
        Path pidFile = directory.resolve("postgres/postmaster.pid");
        Process stranger = new ProcessBuilder("sleep", "60").start();
        try {
            String id = Long.toString(stranger.pid());
            Files.writeString(pidFile, Files.readString(pidFile).replaceFirst("^\\d+", id));
            String uri = servers.postgres().start();
            assertEquals(uris.postgres().get(), uri);
            assertEquals("42", sql(uris, "SELECT n::text FROM t"));
            assertTrue(stranger.isAlive());
        } finally {
            stranger.destroyForcibly().waitFor();
        }
    }

    @Test
    void anAppendOnlyFileWithATornTailLoads() throws Exception {
        servers = new EmbeddedServers(directory, BINARIES, false, true);
        EmbeddedServers.Uris uris = servers.start();
        redis(uris, Request.cmd(Command.SET).arg("first").arg("1"));
        redis(uris, Request.cmd(Command.SET).arg("second").arg("2"));
        servers.redis().stop();
        Path aof = DraftsTest.list(directory.resolve("redis/appendonlydir"), "*.incr.aof")
                .get(0);
        try (RandomAccessFile file = new RandomAccessFile(aof.toFile(), "rw")) {
            file.setLength(file.length() - 3);
        }
        servers.redis().start();
        assertEquals("1", redis(uris, Request.cmd(Command.GET).arg("first")).toString());
        assertEquals(0, redis(uris, Request.cmd(Command.EXISTS).arg("second")).toInteger());
    }

    @Test
    void aSecondProcessOnTheSameDirectoryIsRefused() throws Exception {
        Path data = Directories.create(directory);
        Process other = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        LockHolder.class.getName(),
                        data.toString())
                .start();
        try {
            assertEquals('!', other.getInputStream().read());
            String message = assertThrows(ServerException.class, servers::start).getMessage();
            assertTrue(message.contains("in use by process " + other.pid()), message);
        } finally {
            other.destroyForcibly().waitFor();
        }
        servers = new EmbeddedServers(directory, BINARIES, false, true);
        servers.start();
    }

    @Test
    void aClusterThatWasNeverFinishedIsMadeAnew() throws Exception {
        Path half = Files.createDirectories(directory.resolve("postgres.new-1/base"));
        Files.writeString(half.resolveSibling("PG_VERSION"), "18\n");
        servers = new EmbeddedServers(directory, BINARIES, true, false);
        EmbeddedServers.Uris uris = servers.start();
        assertEquals("rocket_rides", sql(uris, "SELECT current_database()::text"));
        assertFalse(Files.exists(half.getParent()));
    }

    @Test
    void aClusterOfAnotherVersionIsNamedAndLeftAlone() throws Exception {
        Path cluster = Files.createDirectories(directory.resolve("postgres"));
        Files.writeString(cluster.resolve("PG_VERSION"), "15\n");
        Files.writeString(cluster.resolve("rocket-rides.password"), "x");
        String message = assertThrows(ServerException.class, servers::start).getMessage();
        assertTrue(message.contains("made by PostgreSQL 15") && message.contains("18"), message);
        assertEquals("15\n", Files.readString(cluster.resolve("PG_VERSION")));
        assertFalse(servers.redis().isRunning());
    }

    @Test
    void aForeignDirectoryIsNamedAndLeftAlone() throws Exception {
        Path foreign = Files.createDirectories(directory.resolve("postgres")).resolve("thesis.tex");
        Files.writeString(foreign, "x");
        String message = assertThrows(ServerException.class, servers::start).getMessage();
        assertTrue(message.contains("not a Postgres cluster"), message);
        assertTrue(Files.exists(foreign));
    }

    @Test
    void aDirectoryThatCannotBeMadeIsNamed() throws Exception {
        Files.writeString(temp.resolve("file"), "x");
        EmbeddedServers impossible = new EmbeddedServers(temp.resolve("file/d"), BINARIES, true, true);
        String message = assertThrows(ServerException.class, impossible::start).getMessage();
        assertTrue(message.contains(temp.resolve("file/d").toString()), message);
    }

    @Test
    void aStopThatOvertakesTheStartLeavesNothing() {
        servers.stop();
        assertThrows(IllegalStateException.class, servers::start);
        assertFalse(Files.exists(directory));
    }

    private static void kill(String program, Path argument) {
        Processes.running(program, argument).forEach(ProcessHandle::destroyForcibly);
        assertTrue(Processes.awaitGone(program, argument, java.time.Duration.ofSeconds(5)));
    }

    private String sql(EmbeddedServers.Uris uris, String sql) throws Exception {
        Postgres postgres = new Postgres(vertx, uris.postgres().get(), Optional.empty(), 1, 1);
        try {
            var rows = postgres.pool().query(sql).execute().await(10, TimeUnit.SECONDS);
            return rows.size() == 0 ? "" : rows.iterator().next().getString(0);
        } finally {
            postgres.close().await(5, TimeUnit.SECONDS);
        }
    }

    private Response redis(EmbeddedServers.Uris uris, Request request) throws Exception {
        HeldConnection connection = new RedisClient(vertx, uris.redis().get(), Optional.empty(), "stream").hold();
        try {
            return connection.send(request).await(5, TimeUnit.SECONDS);
        } finally {
            connection.close().await(5, TimeUnit.SECONDS);
        }
    }

    private String config(EmbeddedServers.Uris uris, String name) throws Exception {
        return redis(uris, Request.cmd(Command.CONFIG).arg("GET").arg(name))
                .get(1)
                .toString();
    }

    private static void assertRefused(InetSocketAddress address) {
        assertThrows(
                IOException.class,
                () -> {
                    try (Socket socket = new Socket()) {
                        socket.connect(address, 1000);
                    }
                },
                address::toString);
    }

    /** Another process on the same data directory: says so with one character, then waits to be killed. */
    static final class LockHolder {
        public static void main(String[] arguments) throws Exception {
            try (DirectoryLock lock = DirectoryLock.take(Path.of(arguments[0]))) {
                System.out.print('!');
                System.out.flush();
                System.in.read(); // or until the test dies
                System.out.println(lock);
            }
        }
    }
}
