package rocketrides;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static rocketrides.testing.Eventually.eventually;

import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import io.vertx.pgclient.PgException;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import rocketrides.embedded.Ports;
import rocketrides.servers.Postgres;
import rocketrides.servers.RedisClient;
import rocketrides.servers.ServerException;
import rocketrides.testing.OwnServers;
import rocketrides.testing.TestCertificate;
import rocketrides.testing.TestLog;
import rocketrides.testing.TestServers;
import rocketrides.testing.TlsRedis;

/** A Postgres and a Redis that speak TLS, with a certificate made here for 127.0.0.1 and nobody else. */
@ExtendWith(VertxExtension.class)
class TlsTest {
    @TempDir
    static Path directory;

    private static OwnServers servers;
    private static Vertx vertx;
    private static Path certificate;
    private static String postgresUri;
    private static String redisUri;

    @BeforeAll
    static void start(Vertx injected) {
        vertx = injected;
        servers = OwnServers.secure(directory);
        certificate = servers.caFile().orElseThrow();
        postgresUri = servers.postgres().uri().replaceFirst("\\?.*", "");
        redisUri = servers.redis().uri();
    }

    @AfterAll
    static void stop() {
        servers.close();
    }

    private static boolean ping(String uri, Optional<Path> caFile) {
        var connection = new RedisClient(vertx, uri, caFile, "stream").hold();
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

    /** Waiting does not mend it, so a start says why and ends, whether Postgres or Redis is the one. */
    @Test
    void aCertificateThatIsNotTrustedEndsTheStartWithTheReason() {
        untrusted("127.0.0.1", Optional.empty(), "unable to find valid certification path", "postgres.ca-file");
        untrusted("localhost", Optional.of(certificate), "localhost", "postgres.ca-file");
        var redis = new RedisClient(vertx, redisUri, Optional.empty(), "stream");
        var refused = assertThrows(ServerException.class, () -> TestLog.await(redis.refuseUntrusted()));
        assertTrue(refused.getMessage().contains("unable to find valid certification path"), refused.getMessage());
        assertTrue(refused.getMessage().contains("redis.ca-file"), refused.getMessage());
        TestLog.await(new RedisClient(vertx, redisUri, Optional.of(certificate), "stream").refuseUntrusted());
        TestLog.await(new RedisClient(vertx, "rediss://127.0.0.1:1", Optional.empty(), "stream").refuseUntrusted());
    }

    /** A node that is alone in its cluster knows no address of its own: it is where it was asked. */
    @Test
    void aClusterIsAskedAndUsedByTls(@TempDir Path own) {
        var its = TestCertificate.in(own);
        var redis = new TlsRedis(
                own.resolve("redis"),
                its,
                "--cluster-enabled",
                "yes",
                "--tls-cluster",
                "yes",
                "--cluster-port",
                "" + Ports.freeOr(0));
        redis.start();
        try {
            var claim = Request.cmd(Command.CLUSTER).arg("ADDSLOTSRANGE").arg(0).arg(16_383);
            assertEquals("OK", answer(redis.uri(), its, claim));
            var uri = redis.uri().replace("rediss:", "rediss-cluster:");
            var set = Request.cmd(Command.SET).arg("stream").arg(1);
            eventually("the cluster is ready", () -> answer(uri, its, set).equals("OK"));
            var stranger = new RedisClient(vertx, uri, Optional.empty(), "stream");
            var refused = assertThrows(ServerException.class, () -> TestLog.await(stranger.refuseUntrusted()));
            assertTrue(refused.getMessage().contains("unable to find valid certification path"), refused.getMessage());
        } finally {
            redis.stop();
        }
    }

    private static String answer(String uri, TestCertificate trusted, Request request) {
        var connection = new RedisClient(vertx, uri, Optional.of(trusted.certificate()), "stream").hold();
        return TestLog.await(
                        TestLog.onContext(vertx, () -> connection.send(request).eventually(connection::close)))
                .toString();
    }

    private static void untrusted(String host, Optional<Path> caFile, String... told) {
        var postgres = new Postgres(vertx, verified(host), caFile, 1, 1);
        var refused = assertThrows(ServerException.class, () -> TestLog.await(postgres.ready(TestServers.SCHEMA)));
        for (var each : told) {
            assertTrue(refused.getMessage().contains(each), refused.getMessage());
        }
        TestLog.await(postgres.close());
    }

    @Test
    void neitherSpeaksWithoutIt() {
        var refused = assertThrows(PgException.class, () -> cipher(postgresUri + "?sslmode=disable", Optional.empty()));
        assertEquals("28000", refused.getSqlState(), refused.getMessage());
        assertEquals("", toldInPlain(URI.create(redisUri)));
    }

    /** A Redis would say that it wants a password first. */
    private static String toldInPlain(URI redis) {
        try (var plain = new Socket(redis.getHost(), redis.getPort())) {
            plain.getOutputStream().write("PING\r\n".getBytes(StandardCharsets.US_ASCII));
            return new String(plain.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
        } catch (IOException reset) {
            return "";
        }
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
        var application = TestProgram.application(Map.of(
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
                "0"));
        var looking = new Postgres(vertx, verified("127.0.0.1"), Optional.of(certificate), 1, 1);
        try {
            application.start();
            eventually(
                    "20 rides are counted",
                    () -> number(looking, "SELECT coalesce(min(rides), 0) FROM total_distances") >= 20);
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
