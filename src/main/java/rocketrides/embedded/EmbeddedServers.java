package rocketrides.embedded;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import rocketrides.servers.ServerException;

/**
 * The embedded servers of one process, in a data directory that no other process can use meanwhile. They are started
 * and stopped together. If one cannot start, the other is stopped. After {@link #stop} they cannot be started again, so
 * a shutdown during the start leaves no server running. All methods block.
 */
public final class EmbeddedServers implements AutoCloseable {
    private final Path directory;
    private final Path binaries;
    private final boolean wantsPostgres;
    private final boolean wantsRedis;
    private DirectoryLock lock;
    private EmbeddedPostgresServer postgres;
    private EmbeddedRedisServer redis;
    private boolean stopped;

    public EmbeddedServers(Path dataDir, boolean wantsPostgres, boolean wantsRedis) {
        this(dataDir, dataDir.resolve("bin"), wantsPostgres, wantsRedis);
    }

    /** {@code binaries}: the directory of the servers' programs. Several data directories may share it. */
    public EmbeddedServers(Path dataDir, Path binaries, boolean wantsPostgres, boolean wantsRedis) {
        this.directory = dataDir;
        this.binaries = binaries;
        this.wantsPostgres = wantsPostgres;
        this.wantsRedis = wantsRedis;
    }

    /** The URIs of the requested servers. They contain passwords and must not be logged. */
    public record Uris(Optional<String> postgres, Optional<String> redis) {
        @Override
        public String toString() {
            return "Uris[…]";
        }
    }

    public synchronized Uris start() {
        if (stopped || lock != null) {
            throw new IllegalStateException("already " + (stopped ? "stopped" : "started"));
        }
        Path dataDir = Directories.create(directory);
        Path bin = Directories.create(binaries);
        Binaries programs = new Binaries(bin);
        postgres = new EmbeddedPostgresServer(dataDir, programs);
        redis = new EmbeddedRedisServer(dataDir, programs);
        lock = DirectoryLock.take(dataDir);
        deleteDrafts(dataDir, bin);
        CompletableFuture<Optional<String>> redisUri =
                CompletableFuture.supplyAsync(() -> wantsRedis ? Optional.of(redis.start()) : Optional.empty());
        try {
            Optional<String> postgresUri = wantsPostgres ? Optional.of(postgres.start()) : Optional.empty();
            return new Uris(postgresUri, redisUri.join());
        } catch (RuntimeException e) {
            redisUri.exceptionally(failure -> Optional.empty()).join();
            stop();
            throw e instanceof CompletionException && e.getCause() instanceof RuntimeException cause ? cause : e;
        }
    }

    /**
     * Deletes the drafts of a process that died; this process holds the lock. Called before anything is created,
     * because on a full disk the start needs their space. A directory of programs outside the data directory may be
     * shared: its drafts may belong to other processes, and stay.
     */
    private static void deleteDrafts(Path dataDir, Path bin) {
        try {
            Directories.deleteAll(dataDir, "*.tmp");
            if (bin.startsWith(dataDir)) {
                Directories.deleteAll(bin, "*.tmp");
            }
        } catch (IOException e) {
            throw new ServerException("Cannot read the data directory " + dataDir + ": " + e, e);
        }
    }

    /** The servers that run on a data directory now, whichever process started them. Starts nothing. */
    public static Uris running(Path dataDir) {
        try {
            Path directory = dataDir.toRealPath();
            Binaries none = new Binaries(directory);
            boolean postgres = new EmbeddedPostgresServer(directory, none).isRunning();
            boolean redis = new EmbeddedRedisServer(directory, none).isRunning();
            return new Uris(
                    postgres ? written(directory.resolve("postgres.uri")) : Optional.empty(),
                    redis ? written(directory.resolve("redis.uri")) : Optional.empty());
        } catch (IOException e) {
            return new Uris(Optional.empty(), Optional.empty());
        }
    }

    /** The file is missing while the server is starting. */
    private static Optional<String> written(Path uri) throws IOException {
        return Files.exists(uri) ? Optional.of(Files.readString(uri)) : Optional.empty();
    }

    /** For callers that restart one server while the other keeps running. */
    public synchronized EmbeddedPostgresServer postgres() {
        return postgres;
    }

    public synchronized EmbeddedRedisServer redis() {
        return redis;
    }

    /** Returns when both servers have stopped; another process can then use the data directory. May be called again. */
    public synchronized void stop() {
        stopped = true;
        if (lock == null) {
            return;
        }
        try {
            redis.stop();
        } finally {
            try {
                postgres.stop();
            } finally {
                lock.close();
                lock = null;
            }
        }
    }

    @Override
    public void close() {
        stop();
    }
}
