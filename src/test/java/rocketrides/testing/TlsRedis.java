package rocketrides.testing;

import static rocketrides.testing.Eventually.eventually;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import rocketrides.embedded.TestBinaries;

/**
 * The embedded Redis program with a TLS port and no plain port. Keeps its port, its data, and what {@code ACL SAVE}
 * saved.
 */
public final class TlsRedis {
    private static final Duration START = Duration.ofSeconds(20);
    private static final String USERS = "users.acl";

    private final Path home;
    private final TestCertificate certificate;
    private final String password = UUID.randomUUID().toString();
    private final int port;
    private final List<String> more;
    private Process process;

    /** {@code more}: options before those of every such server. */
    public TlsRedis(Path home, TestCertificate certificate, String... more) {
        this.home = home;
        this.certificate = certificate;
        this.more = List.of(more);
        try (var free = new ServerSocket(0)) {
            port = free.getLocalPort();
            Files.createDirectories(home);
            Files.writeString(home.resolve(USERS), "user default on >" + password + " ~* &* +@all\n");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** For the user with all rights. */
    public String uri() {
        return "rediss://:" + password + "@127.0.0.1:" + port;
    }

    public synchronized void start() {
        if (process != null && process.isAlive()) {
            return;
        }
        var log = home.resolve("redis.log");
        try {
            var command = new ArrayList<>(List.of(TestBinaries.redisServer().toString()));
            command.addAll(more);
            command.addAll(options());
            process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile())
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        eventually(START, process, log, () -> Files.readString(log).contains("Ready to accept connections"));
    }

    public synchronized void stop() {
        if (process != null) {
            process.destroy();
            process.onExit().join();
        }
    }

    private List<String> options() {
        return List.of(
                "--port",
                "0",
                "--tls-port",
                "" + port,
                "--bind",
                "127.0.0.1",
                "--dir",
                home.toString(),
                "--save",
                "",
                "--appendonly",
                "yes",
                "--aclfile",
                USERS,
                "--tls-cert-file",
                certificate.certificate().toString(),
                "--tls-key-file",
                certificate.key().toString(),
                "--tls-ca-cert-file",
                certificate.certificate().toString(),
                "--tls-auth-clients",
                "no");
    }
}
