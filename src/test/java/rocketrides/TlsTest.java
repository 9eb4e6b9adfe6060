package rocketrides;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyStore;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import rocketrides.config.SettingsLoader;
import rocketrides.servers.EmbeddedServers;
import rocketrides.servers.Postgres;
import rocketrides.servers.RedisClient;

/** A Postgres and a Redis that speak TLS, with a certificate made here for 127.0.0.1 and nobody else. */
class TlsTest {
    private static final String PASSWORD = "changeit";

    @TempDir
    static Path directory;

    private static EmbeddedServers servers;
    private static Process redis;
    private static Vertx vertx;
    private static Path certificate;
    private static String postgresUri;
    private static String redisUri;

    @BeforeAll
    static void start() throws Exception {
        vertx = Vertx.vertx();
        certificate = directory.resolve("server.crt");
        Path key = directory.resolve("server.key");
        makeCertificate(key);
        servers = new EmbeddedServers(
                directory.resolve("data"), Path.of("target", "test-servers").toAbsolutePath(), true, true);
        postgresUri = servers.start().postgres().orElseThrow();
        var plain = new Postgres(vertx, postgresUri, 1, 1);
        for (var setting :
                List.of("ssl_cert_file = '" + certificate + "'", "ssl_key_file = '" + key + "'", "ssl = on")) {
            TestLog.await(plain.pool().query("ALTER SYSTEM SET " + setting).execute());
        }
        TestLog.await(plain.pool().query("SELECT pg_reload_conf()").execute());
        TestLog.await(plain.close());
        redisUri = startRedis(key);
    }

    @AfterAll
    static void stop() throws Exception {
        redis.destroy();
        redis.waitFor();
        TestLog.await(vertx.close());
        servers.stop();
    }

    private static void makeCertificate(Path key) throws Exception {
        Path store = directory.resolve("server.p12");
        keytool(
                "-genkeypair",
                "-alias",
                "server",
                "-keyalg",
                "RSA",
                "-keysize",
                "2048",
                "-dname",
                "CN=test",
                "-ext",
                "SAN=ip:127.0.0.1",
                "-validity",
                "2",
                "-storetype",
                "PKCS12",
                "-keystore",
                store.toString());
        keytool(
                "-exportcert",
                "-rfc",
                "-alias",
                "server",
                "-file",
                certificate.toString(),
                "-keystore",
                store.toString());
        var keys = KeyStore.getInstance("PKCS12");
        try (var in = Files.newInputStream(store)) {
            keys.load(in, PASSWORD.toCharArray());
        }
        var secret = keys.getKey("server", PASSWORD.toCharArray()).getEncoded();
        Files.createFile(key, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(
                key,
                "-----BEGIN PRIVATE KEY-----\n" + Base64.getMimeEncoder().encodeToString(secret)
                        + "\n-----END PRIVATE KEY-----\n");
    }

    private static void keytool(String... arguments) throws Exception {
        var command = new java.util.ArrayList<String>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
        command.addAll(List.of(arguments));
        command.addAll(List.of("-storepass", PASSWORD));
        var process = new ProcessBuilder(command).redirectErrorStream(true).start();
        var output = new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), output);
    }

    private static String startRedis(Path key) throws Exception {
        int port;
        try (var free = new ServerSocket(0)) {
            port = free.getLocalPort();
        }
        redis = new ProcessBuilder(
                        program().toString(),
                        "--port",
                        "0",
                        "--tls-port",
                        "" + port,
                        "--bind",
                        "127.0.0.1",
                        "--save",
                        "",
                        "--tls-cert-file",
                        certificate.toString(),
                        "--tls-key-file",
                        key.toString(),
                        "--tls-ca-cert-file",
                        certificate.toString(),
                        "--tls-auth-clients",
                        "no")
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("redis.log").toFile())
                .start();
        var uri = "rediss://127.0.0.1:" + port;
        var deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!ping(uri, Optional.of(certificate))) {
            assertTrue(
                    redis.isAlive() && System.nanoTime() < deadline, Files.readString(directory.resolve("redis.log")));
            Thread.sleep(50);
        }
        return uri;
    }

    private static Path program() throws IOException {
        try (var found = Files.find(
                Path.of("target", "test-servers").toAbsolutePath(), 2, (path, file) -> path.endsWith("redis-server"))) {
            return found.findFirst().orElseThrow();
        }
    }

    private static boolean ping(String uri, Optional<Path> caFile) {
        var connection = new RedisClient(vertx, uri, caFile).hold();
        var answer = connection.send(Request.cmd(Command.PING)).map(true).otherwise(false);
        return TestLog.await(answer.eventually(connection::close));
    }

    private static String verified(String host) {
        return postgresUri.replace("127.0.0.1", host) + "?sslmode=verify-full";
    }

    private static String cipher(String uri, Optional<Path> caFile) {
        var postgres = new Postgres(vertx, uri, caFile, 1, 1);
        try {
            return TestLog.await(postgres.pool()
                            .query("SELECT cipher FROM pg_stat_ssl WHERE pid = pg_backend_pid()")
                            .execute())
                    .iterator()
                    .next()
                    .getString(0);
        } finally {
            TestLog.await(postgres.close());
        }
    }

    @Test
    void postgresIsTrustedByItsCertificateAndItsName() {
        assertTrue(cipher(verified("127.0.0.1"), Optional.of(certificate)).startsWith("TLS_"));
        assertThrows(Exception.class, () -> cipher(verified("127.0.0.1"), Optional.empty()), "an unknown authority");
        assertThrows(Exception.class, () -> cipher(verified("localhost"), Optional.of(certificate)), "another's name");
        assertTrue(cipher(postgresUri + "?sslmode=verify-ca", Optional.of(certificate))
                .startsWith("TLS_"));
        assertTrue(cipher(postgresUri + "?sslmode=require", Optional.empty()).startsWith("TLS_"));
    }

    @Test
    void redisIsTrustedByItsCertificateAndItsName() {
        assertTrue(ping(redisUri, Optional.of(certificate)));
        assertEquals(false, ping(redisUri, Optional.empty()), "an unknown authority");
        assertEquals(
                false, ping(redisUri.replace("127.0.0.1", "localhost"), Optional.of(certificate)), "another's name");
    }

    @Test
    void theWholeSystemRunsOverIt() throws Exception {
        var application = new Application(SettingsLoader.load(
                Optional.empty(),
                Map.of(
                        "DATABASE_URL",
                        verified("127.0.0.1"),
                        "REDIS_URL",
                        redisUri,
                        "ROCKET_RIDES_POSTGRES_CA_FILE",
                        certificate.toString(),
                        "ROCKET_RIDES_REDIS_CA_FILE",
                        certificate.toString(),
                        "ROCKET_RIDES_SIMULATOR_PAUSE",
                        "0s..20ms",
                        "API_PORT",
                        "0")));
        var looking = new Postgres(vertx, verified("127.0.0.1"), Optional.of(certificate), 1, 1);
        try {
            application.start();
            var deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
            while (number(looking, "SELECT coalesce(min(rides), 0) FROM total_distances") < 20) {
                assertTrue(System.nanoTime() < deadline, "not 20 rides after 30 s");
                Thread.sleep(50);
            }
            assertEquals(
                    0,
                    number(
                            looking,
                            "SELECT count(*) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)"
                                    + " WHERE application_name = 'rocket-rides-log' AND NOT ssl"));
        } finally {
            application.stop();
            TestLog.await(looking.close());
        }
    }

    private static long number(Postgres postgres, String sql) {
        return TestLog.await(postgres.pool().query(sql).execute())
                .iterator()
                .next()
                .getLong(0);
    }
}
