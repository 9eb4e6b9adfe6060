package rocketrides.embedded;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import rocketrides.servers.ServerException;

/**
 * A Redis of our own, on loopback, with its append-only file in {@code <dataDir>/redis}: at most the last second is
 * lost, and the log heals that. Only who can read {@code <dataDir>/redis/redis.conf} gets in.
 *
 * <p>It runs as a daemon, so Ctrl-C on the terminal reaches us only and we stop it in order. If this process dies, it
 * lives on; the next start finds it by its configuration file, stops it and starts anew; a torn tail of the file is cut
 * off. All methods block.
 */
public final class EmbeddedRedisServer {
    private static final Logger LOG = LoggerFactory.getLogger(EmbeddedRedisServer.class);
    private static final Duration START = Duration.ofMinutes(1);
    private static final Duration STOP = Duration.ofSeconds(10);

    private static final String CONFIGURATION = """
            bind 127.0.0.1
            port %d
            protected-mode yes
            requirepass %s
            daemonize yes
            pidfile redis.pid
            logfile redis.log
            set-proc-title no
            save ""
            appendonly yes
            appendfsync everysec
            aof-load-truncated yes
            auto-aof-rewrite-min-size 256mb
            maxmemory-policy noeviction
            """;

    private final Path home;
    private final Path configuration;
    private final Binaries binaries;
    private final String password = UUID.randomUUID().toString();
    private int port;

    EmbeddedRedisServer(Path dataDir, Binaries binaries) {
        this.home = dataDir.resolve("redis");
        this.configuration = home.resolve("redis.conf");
        this.binaries = binaries;
    }

    /** Answers the URI to connect to, once the data is loaded. A second start keeps the port if it can. */
    public synchronized String start() {
        Path program = binaries.redisServer();
        stop();
        try {
            Directories.createPrivate(home);
            Directories.deleteAll(home, "*.tmp");
            Directories.deleteAll(home, "temp-*"); // of a Redis that was killed while it rewrote its file
            int started = Ports.start(port, free -> startOn(free, program));
            if (started == 0) {
                throw new ServerException(Processes.didNotStart("Redis", home, home.resolve("redis.log"))
                                .getMessage()
                        + "\nIf its data is damaged, delete the directory: it is a copy of what is in Postgres.");
            }
            port = started;
            String uri = "redis://:" + password + "@127.0.0.1:" + port;
            Directories.writePrivate(home.resolveSibling("redis.uri"), uri);
            return uri;
        } catch (IOException | UncheckedIOException e) {
            throw new ServerException("Cannot start Redis in " + home + ": " + e, e);
        }
    }

    /** Returns when the server is gone; twice is as good as once. */
    public synchronized void stop() {
        Processes.running("redis-server", configuration).forEach(ProcessHandle::destroy);
        if (Processes.awaitGone("redis-server", configuration, STOP)) {
            return;
        }
        LOG.warn("Redis in {} did not stop within {} s", home, STOP.toSeconds());
        Processes.kill("redis-server", configuration, STOP);
    }

    boolean isRunning() {
        return !Processes.running("redis-server", configuration).isEmpty();
    }

    private boolean startOn(int free, Path program) {
        try {
            Directories.writePrivate(configuration, String.format(Locale.ROOT, CONFIGURATION, free, password));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        var outcome = Processes.run(home, START, "", List.of(program.toString(), configuration.toString()));
        if (outcome.exitCode() != 0) {
            throw new ServerException(
                    "Redis in " + home + " did not start (" + Directories.room(home) + "): " + outcome.output());
        }
        long deadline = System.nanoTime() + START.toNanos();
        while (isRunning()) {
            if (answers(free)) {
                return true;
            }
            if (System.nanoTime() > deadline) {
                stop();
                return false;
            }
            Processes.pause();
        }
        return false;
    }

    /** Nobody else knows the password, so an answer to it is ours. */
    private boolean answers(int port) {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), port), 1000);
            socket.setSoTimeout(1000);
            socket.getOutputStream().write(("AUTH " + password + "\r\nPING\r\n").getBytes(StandardCharsets.US_ASCII));
            InputStream in = socket.getInputStream();
            String expected = "+OK\r\n+PONG\r\n";
            return new String(in.readNBytes(expected.length()), StandardCharsets.US_ASCII).equals(expected);
        } catch (IOException e) {
            return false;
        }
    }
}
