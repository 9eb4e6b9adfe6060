package rocketrides.embedded;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import rocketrides.servers.ServerException;

/**
 * The embedded servers one process wants, in one data directory which no other process may use meanwhile. Started
 * together, stopped together; if one cannot start, neither runs. Once stopped, it is not started again: a shutdown that
 * overtakes the start leaves no server behind. All methods block.
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

    /** {@code binaries}: where the servers' programs are unpacked; several data directories may share it. */
    public EmbeddedServers(Path dataDir, Path binaries, boolean wantsPostgres, boolean wantsRedis) {
        this.directory = dataDir;
        this.binaries = binaries;
        this.wantsPostgres = wantsPostgres;
        this.wantsRedis = wantsRedis;
    }

    /** The URIs of the servers that were wanted. They hold passwords: not for a log. */
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
        lock = DirectoryLock.take(dataDir);
        Path bin = Directories.create(binaries);
        Binaries programs = new Binaries(bin);
        deleteDrafts(dataDir, bin);
        postgres = new EmbeddedPostgresServer(dataDir, programs);
        redis = new EmbeddedRedisServer(dataDir, programs);
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
     * Left by a process that died: this one holds the lock. Called before anything is made, because on a full disk the
     * start needs their room. Programs that several data directories share may be drafts of others, and stay.
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

    /** The servers that run on a data directory right now, whichever process started them; starts nothing. */
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

    /** Not yet there if the server is just coming up. */
    private static Optional<String> written(Path uri) throws IOException {
        return Files.exists(uri) ? Optional.of(Files.readString(uri)) : Optional.empty();
    }

    /** For whoever stops and starts one of the two while the other runs on. */
    public synchronized EmbeddedPostgresServer postgres() {
        return postgres;
    }

    public synchronized EmbeddedRedisServer redis() {
        return redis;
    }

    /** Returns when both are gone; twice is as good as once. The data directory is then free for another process. */
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
