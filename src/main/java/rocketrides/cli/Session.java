package rocketrides.cli;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.file.FileSystemOptions;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.Pool;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import rocketrides.config.Settings;
import rocketrides.console.Logging;
import rocketrides.embedded.EmbeddedServers;
import rocketrides.log.Layout;
import rocketrides.log.PostgresSegmentStore;
import rocketrides.log.RedisLogStream;
import rocketrides.servers.LogTables;
import rocketrides.servers.Outage;
import rocketrides.servers.Postgres;
import rocketrides.servers.RedisClient;
import rocketrides.servers.ServerException;

/** A command's own connections to the Postgres and Redis of the settings. Its methods block. */
final class Session implements AutoCloseable {
    private static final int CONNECTIONS = 2;
    private static final long SECONDS = 30;
    private static final String NO_SUCH_TABLE = "42P01";

    private final Settings settings;
    private final Vertx vertx;
    private final Postgres postgres;
    private final String redisUri;

    /** Connects at the first use. Fails at once if the settings ask for embedded servers and none are running. */
    Session(Settings settings) {
        Logging.warningsToStandardError();
        this.settings = settings;
        var postgresUri = settings.postgres().uri();
        var uri = settings.redis().uri();
        if (settings.postgres().embedded() || settings.redis().embedded()) {
            var running = EmbeddedServers.running(settings.embedded().dataDir());
            postgresUri = settings.postgres().embedded() ? required(running.postgres(), "Postgres") : postgresUri;
            uri = settings.redis().embedded() ? required(running.redis(), "Redis") : uri;
        }
        vertx = Vertx.vertx(new VertxOptions()
                .setEventLoopPoolSize(1)
                .setFileSystemOptions(
                        new FileSystemOptions().setFileCachingEnabled(false).setClassPathResolvingEnabled(false)));
        postgres = new Postgres(vertx, postgresUri, settings.postgres().caFile(), CONNECTIONS, 1);
        redisUri = uri;
    }

    private String required(Optional<String> uri, String server) {
        return uri.orElseThrow(() -> new ServerException("No embedded " + server + " runs on "
                + settings.embedded().dataDir().toAbsolutePath()
                + ". Start the program there, or name running servers (postgres.uri, redis.uri)."));
    }

    Settings settings() {
        return settings;
    }

    void applySchema(List<String> texts) {
        await(postgres.upgrade(new LogTables(texts, settings.log().partitions())), Commands.MAX_SECONDS);
    }

    Pool pool() {
        return postgres.pool();
    }

    PostgresSegmentStore archive(int partition) {
        return new PostgresSegmentStore(postgres.pool(), partition);
    }

    /** The number of entries in all streams. */
    Future<Long> entries() {
        var redis = new RedisClient(vertx, redisUri, settings.redis().caFile(), settings.log().stream());
        return Layout.read(pool())
                .compose(layout -> RedisLogStream.length(layout.all().stream()
                        .map(partition -> layout.of(settings.log(), partition))
                        .map(log -> new RedisLogStream(redis.of(log.stream()).hold(), log))
                        .toList()));
    }

    <T> T await(Future<T> future) {
        return await(future, SECONDS);
    }

    /** Returns the result, or throws an exception with a message for people. */
    <T> T await(Future<T> future, long seconds) {
        try {
            return future.recover(t -> Future.failedFuture(explained(t))).await(seconds, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw new ServerException("no answer from Postgres at " + postgres.address() + " in " + seconds + " s", e);
        }
    }

    private Throwable explained(Throwable t) {
        if (t instanceof PgException e && NO_SUCH_TABLE.equals(e.getSqlState())) {
            return new ServerException("There is no log in Postgres at " + postgres.address() + " yet.", t);
        }
        if (t instanceof ServerException) {
            return t;
        }
        var explained = postgres.explained(t);
        return explained == t && (Outage.isUnavailable(t) || !(t instanceof RuntimeException))
                ? new ServerException(postgres.unreachable(t), t)
                : explained;
    }

    @Override
    public void close() {
        try {
            postgres.close().compose(closed -> vertx.close()).await(5, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw new ServerException("could not disconnect within 5 s", e);
        }
    }
}
