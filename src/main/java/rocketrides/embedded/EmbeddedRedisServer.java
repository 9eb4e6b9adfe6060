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
 * A Redis server on loopback, with its append-only file in {@code <dataDir>/redis}. A crash loses at most the writes of
 * the last second, which the streamer and the consumers recover from Postgres. The password is in
 * {@code <dataDir>/redis/redis.conf}.
 *
 * <p>It runs as a daemon: Ctrl-C in the terminal reaches only this process, which then stops Redis cleanly. If this
 * process dies, Redis keeps running. The next start finds it by its configuration file, stops it, and starts it again.
 * Redis truncates an incomplete tail of its file. All methods block.
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

    /** Returns the URI once the data is loaded. A restart keeps the port if it is still free. */
    public synchronized String start() {
        Path program = binaries.redisServer();
        stop();
        try {
            Directories.createPrivate(home);
            Directories.deleteAll(home, "*.tmp");
            Directories.deleteAll(home, "temp-*"); // of a Redis that was killed during an AOF rewrite
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

    /** Returns when the server has stopped. Does nothing if it is not running. */
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

    /** Only our server knows the password, so a server that accepts it is ours. */
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
