package rocketrides.servers;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetClientOptions;
import io.vertx.pgclient.PgBuilder;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.pgclient.PgConnection;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.PoolOptions;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import rocketrides.runtime.HostAndPort;
import rocketrides.runtime.Reason;

/**
 * The connection pools for the Postgres at a URI. Every session commits durably, reads committed data, and limits the
 * duration of statements and idle transactions. (Only a transaction that can be repeated turns durability off for
 * itself.) Acquiring a connection times out after {@value #ACQUIRE_SECONDS} s. The pools reconnect after an outage, and
 * close connections that are older than a minute and not in use.
 */
public final class Postgres {
    private static final Logger LOG = LoggerFactory.getLogger(Postgres.class);

    /**
     * To seal; to read the queue and mark; for the floor's sample, which needs one connection; to look below the floor;
     * for retention.
     */
    private static final int CONNECTIONS_PER_STREAMER = 5;

    private static final int MAX_WAITING = 10_000;

    private static final long RETRY_MILLIS = 500;
    private static final int ACQUIRE_SECONDS = 5;

    /**
     * After a failover, a proxy may leave a connection open to the old primary, which is a standby by now, so that
     * every write on it fails. For that reason no connection is kept for longer than this. It costs a few new
     * connections a minute.
     */
    private static final Duration LIFETIME = Duration.ofMinutes(1);

    /** Invalid authorization, invalid password, no such database. */
    private static final Set<String> REFUSES_LOGIN = Set.of("28000", "28P01", "3D000");

    private final Vertx vertx;
    private final int streamers;
    private final Trust trust;
    private final PgConnectOptions options;
    private final Pool pool;
    private final Pool streamerPool;
    private volatile boolean closed;

    /**
     * @param caFile the certificate authorities to trust, where the URI asks for verification; empty: those of the
     *     JVM
     * @param streamers how many streamers share {@link #streamerPool}
     */
    public Postgres(Vertx vertx, String uri, Optional<Path> caFile, int poolSize, int streamers) {
        this.vertx = vertx;
        this.streamers = streamers;
        this.trust = new Trust(vertx, caFile);
        this.options = PostgresOptions.of(uri, trust);
        this.pool = pool(vertx, new PoolOptions().setName("postgres").setMaxSize(poolSize), options, LIFETIME);
        this.streamerPool = pool(
                vertx,
                new PoolOptions()
                        .setName("postgres-streamer")
                        .setMaxSize(CONNECTIONS_PER_STREAMER * Math.max(1, streamers)),
                PostgresOptions.forStreamer(options),
                LIFETIME);
    }

    /** For everything except the streamer. */
    public Pool pool() {
        return pool;
    }

    /** For streamers: sessions that also have {@link SessionSettings#OF_STREAMERS}. */
    public Pool streamerPool() {
        return streamerPool;
    }

    /** Opens a connection that the caller must close. Fails if that takes longer than {@value #ACQUIRE_SECONDS} s. */
    public Future<PgConnection> connect() {
        var connection = PgConnection.connect(vertx, options);
        return connection
                .timeout(ACQUIRE_SECONDS, TimeUnit.SECONDS)
                // Without a handler, the client prints that the connection was lost. The next statement fails then.
                .onSuccess(open -> open.exceptionHandler(lost -> {}))
                .onFailure(late -> connection.onSuccess(PgConnection::close));
    }

    /** Host, port and database, without user and password. */
    public String address() {
        return new HostAndPort(options.getHost(), options.getPort()) + "/" + options.getDatabase();
    }

    /**
     * Completes when Postgres is reachable, its sessions have the required settings, and the schema is applied. Waits
     * during an outage. Fails if waiting cannot help (wrong password, a certificate that is not trusted, a pooler that
     * shares sessions, a standby, a schema that cannot be applied, another number of
     * partitions), and if {@link #close} is called meanwhile.
     */
    public Future<Void> ready(LogTables tables) {
        return ready(tables, any -> Future.succeededFuture());
    }

    /** The same, and completes with what {@code read} then reads. An outage between the two is waited for, too. */
    public <T> Future<T> ready(LogTables tables, Function<Pool, Future<T>> read) {
        var schema = new Schema(pool, address(), tables);
        return await(() -> schema.apply().compose(applied -> read.apply(pool)));
    }

    /** Like {@link #ready}, but first upgrades tables of an older version. Streamers and consumers must be stopped. */
    public Future<Void> upgrade(LogTables tables) {
        return await(new Schema(pool, address(), tables)::upgrade);
    }

    private <T> Future<T> await(Supplier<Future<T>> tables) {
        var done = Promise.<T>promise();
        attempt(tables, false, false, done);
        return done.future();
    }

    /**
     * Tries again and again until it succeeds, or waiting cannot help. One late answer is no news: on a busy machine, a
     * server that has just been started needs some seconds.
     */
    private <T> void attempt(Supplier<Future<T>> tables, boolean again, boolean told, Promise<T> done) {
        checkSessions().compose(fit -> tables.get()).onComplete(attempt -> {
            if (attempt.succeeded()) {
                if (told) {
                    LOG.info("Postgres at {} is back", address());
                }
                done.complete(attempt.result());
                return;
            }
            var failure = explained(attempt.cause());
            if (closed || !Outage.isUnavailable(failure)) {
                done.fail(failure);
                return;
            }
            boolean news = !told && (again || !Reason.isLate(failure));
            if (news) {
                LOG.warn("Waiting for {}", unreachable(failure));
            }
            vertx.setTimer(RETRY_MILLIS, id -> attempt(tables, true, told || news, done));
        });
    }

    /** A session of streamers has all settings of the others, so one check suffices. */
    private Future<Void> checkSessions() {
        var sessions = new SessionCheck(vertx, options, address());
        return streamers == 0
                ? sessions.check(pool, SessionSettings.OF_ALL)
                : sessions.check(streamerPool, SessionSettings.OF_STREAMERS);
    }

    public Future<Void> close() {
        closed = true;
        return Future.join(pool.close(), streamerPool.close()).mapEmpty();
    }

    /** The same failure; or what to do, if Postgres has refused the login, or its certificate is not trusted. */
    public Throwable explained(Throwable failure) {
        var untrusted = trust.refusal("Postgres at " + address(), "postgres.ca-file", failure);
        if (untrusted.isPresent()) {
            return untrusted.get();
        }
        if (failure instanceof PgException refused && REFUSES_LOGIN.contains(String.valueOf(refused.getSqlState()))) {
            return new ServerException(
                    "Postgres at " + address() + " refuses the login of \"" + options.getUser() + "\": "
                            + refused.getErrorMessage() + ". Check postgres.uri (DATABASE_URL).",
                    failure);
        }
        return failure;
    }

    /** Names the server, the reason and the setting. */
    public String unreachable(Throwable failure) {
        return "Postgres at " + address() + ": " + Reason.of(failure) + " (postgres.uri, DATABASE_URL)";
    }

    /** {@code lifetime}: a connection that is older is closed as soon as it is idle. */
    static Pool pool(Vertx vertx, PoolOptions options, PgConnectOptions connectOptions, Duration lifetime) {
        NetClientOptions tcp =
                new NetClientOptions().setConnectTimeout(ACQUIRE_SECONDS * 1000).setTcpKeepAlive(true);
        return PgBuilder.pool()
                .with(options.setMaxWaitQueueSize(MAX_WAITING)
                        .setConnectionTimeout(ACQUIRE_SECONDS)
                        .setConnectionTimeoutUnit(TimeUnit.SECONDS)
                        .setMaxLifetime(Math.toIntExact(lifetime.toMillis()))
                        .setMaxLifetimeUnit(TimeUnit.MILLISECONDS))
                .with(tcp)
                .connectingTo(connectOptions)
                .using(vertx)
                .build();
    }
}
