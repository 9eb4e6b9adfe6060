package rocketrides.testing;

import io.vertx.core.Vertx;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.Optional;
import rocketrides.embedded.EmbeddedServers;

/**
 * A Postgres and a Redis that a test can stop and start. The URIs have users with all rights. {@code caFile}: the
 * authorities to trust if the servers use TLS; they then accept no plain connections.
 */
public record OwnServers(Server postgres, Server redis, Optional<Path> caFile, Runnable end) implements AutoCloseable {
    /** The directory of the servers' programs, shared by all tests. */
    public static final Path BINARIES = Path.of("target", "test-servers").toAbsolutePath();

    /** Keeps its port and its data while it is stopped. */
    public record Server(String uri, Runnable stopped, Runnable started) {
        public void stop() {
            stopped.run();
        }

        public void start() {
            started.run();
        }
    }

    /** Embedded servers; with TLS if that is configured (see {@link TestServers}). */
    public static OwnServers asAsked(Path directory, boolean wantsPostgres, boolean wantsRedis) {
        return TestServers.secured() ? secure(directory) : plain(directory, wantsPostgres, wantsRedis);
    }

    public static OwnServers plain(Path directory, boolean wantsPostgres, boolean wantsRedis) {
        var servers = new EmbeddedServers(directory, BINARIES, wantsPostgres, wantsRedis);
        var uris = servers.start();
        return new OwnServers(
                postgres(servers, uris.postgres().orElse("")),
                new Server(uris.redis().orElse(""), servers.redis()::stop, servers.redis()::start),
                Optional.empty(),
                servers::stop);
    }

    /** For a process with all roles. With TLS servers, it has only the rights that it needs. */
    public Map<String, String> environment(Vertx vertx) {
        if (caFile.isPresent()) {
            LeastPrivilege.apply(vertx, this);
            return TestSettings.servers(
                    LeastPrivilege.postgres(postgres.uri(), TestRole.PROCESS),
                    LeastPrivilege.redis(redis.uri(), TestRole.PROCESS),
                    caFile);
        }
        return TestSettings.servers(postgres.uri(), redis.uri(), caFile);
    }

    /** With a certificate for 127.0.0.1 only. */
    public static OwnServers secure(Path directory) {
        var certificate = TestCertificate.in(directory);
        var servers = new EmbeddedServers(directory, BINARIES, true, true);
        var uri = servers.start().postgres().orElseThrow();
        servers.redis().stop();
        speakTlsOnly(directory.resolve("postgres"), certificate);
        servers.postgres().start();
        var redis = new TlsRedis(directory.resolve("tls-redis"), certificate);
        redis.start();
        return new OwnServers(
                postgres(servers, uri + "?sslmode=verify-full"),
                new Server(redis.uri(), redis::stop, redis::start),
                Optional.of(certificate.certificate()),
                () -> {
                    redis.stop();
                    servers.stop();
                });
    }

    private static Server postgres(EmbeddedServers servers, String uri) {
        return new Server(uri, servers.postgres()::stop, servers.postgres()::start);
    }

    private static void speakTlsOnly(Path cluster, TestCertificate certificate) {
        try {
            Files.writeString(
                    cluster.resolve("postgresql.conf"),
                    "ssl = on\nssl_cert_file = '" + certificate.certificate() + "'\nssl_key_file = '"
                            + certificate.key() + "'\n",
                    StandardOpenOption.APPEND);
            Files.writeString(cluster.resolve("pg_hba.conf"), "hostssl all all 127.0.0.1/32 scram-sha-256\n");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        end.run();
    }
}
