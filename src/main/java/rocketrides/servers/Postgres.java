package rocketrides.servers;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetClientOptions;
import io.vertx.pgclient.PgBuilder;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.pgclient.PgConnection;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.PoolOptions;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import rocketrides.runtime.HostAndPort;

/**
 * The pools on the Postgres at a URI. Every session commits durably (only a streamer's mark says that it need not), reads
 * what is committed, and lets no statement and no idle transaction last for ever. Both pools give up on an acquisition
 * after some seconds, reconnect by themselves after an outage, and close after a minute what nobody uses.
 */
public final class Postgres {
    /** One to seal, one to read and mark, one that the floor's sample is bound to, one to look below it, one for retention. */
    private static final int CONNECTIONS_PER_STREAMER = 5;

    private static final int MAX_WAITING = 10_000;
    private static final int ACQUIRE_SECONDS = 5;

    /**
     * A connection may lead to a server that is a standby by now, which a proxy has not cut off: every write on it fails. So no
     * connection is kept for long, which costs some new ones a minute.
     */
    private static final Duration LIFETIME = Duration.ofMinutes(1);

    private final Vertx vertx;
    private final int streamers;
    private final Trust trust;
    private final PgConnectOptions options;
    private final Pool pool;
    private final Pool streamerPool;
    private volatile boolean closed;

    /** Trusts the authorities of this JVM. */
    public Postgres(Vertx vertx, String uri, int poolSize, int streamers) {
        this(vertx, uri, Optional.empty(), poolSize, streamers);
    }

    /**
     * @param caFile the authorities to trust, where the URI asks for verification; else those of this JVM
     * @param streamers how many will share {@link #streamerPool}
     */
    public Postgres(Vertx vertx, String uri, Optional<Path> caFile, int poolSize, int streamers) {
        this.vertx = vertx;
        this.streamers = streamers;
        this.trust = new Trust(caFile);
        this.options = PostgresOptions.of(uri, trust);
        this.pool = pool(vertx, options("postgres", poolSize), new PgConnectOptions(options), LIFETIME);
        this.streamerPool = pool(
                vertx,
                options("postgres-streamer", CONNECTIONS_PER_STREAMER * Math.max(1, streamers)),
                PostgresOptions.forStreamer(options),
                LIFETIME);
    }

    /** For everyone but the streamer. */
    public Pool pool() {
        return pool;
    }

    /** Of sessions that have {@link SessionSettings#OF_STREAMERS}, too. */
    public Pool streamerPool() {
        return streamerPool;
    }

    /**
     * A connection of the caller's own, which the caller closes. Fails if there is none within {@value #ACQUIRE_SECONDS} s.
     */
    public Future<PgConnection> connect() {
        var connection = PgConnection.connect(vertx, options);
        return connection
                .timeout(ACQUIRE_SECONDS, TimeUnit.SECONDS)
                .onFailure(late -> connection.onSuccess(PgConnection::close));
    }

    /** Without user and password. */
    public String address() {
        return new HostAndPort(options.getHost(), options.getPort()) + "/" + options.getDatabase();
    }

    /**
     * Completes when Postgres is there, gives sessions as we want them, and has our schema. While it is away, waits; fails on
     * anything that waiting does not mend (wrong password, a certificate that is not trusted, a pooler that shares sessions,
     * a standby, a schema that cannot be applied), and when closed meanwhile.
     *
     * @param schema the application's own texts, on the class path, which are applied after {@code schema.sql}
     */
    public Future<Void> ready(List<String> schema) {
        var tables = new Schema(pool, address(), schema);
        return new Readiness(vertx, address(), () -> attempt(tables), t -> closed || !Outage.isUnavailable(t)).await();
    }

    public Future<Void> close() {
        closed = true;
        return Future.join(pool.close(), streamerPool.close()).mapEmpty();
    }

    private Future<Void> attempt(Schema schema) {
        var sessions = new SessionCheck(vertx, options, address());
        return sessions.check(pool, Map.of())
                .compose(fit -> streamers == 0
                        ? Future.succeededFuture()
                        : sessions.check(streamerPool, SessionSettings.OF_STREAMERS))
                .compose(fit -> schema.apply())
                .recover(t -> Future.failedFuture(trust.refusal()
                        .<Throwable>map(reason -> new ServerException(
                                "The certificate of Postgres at " + address() + " is not trusted: " + reason
                                        + ". Name the authorities to trust in postgres.ca-file, and the host as its"
                                        + " certificate does.",
                                t))
                        .orElse(t)));
    }

    private static PoolOptions options(String name, int size) {
        return new PoolOptions().setName(name).setMaxSize(size);
    }

    /** {@code lifetime}: after this a connection is closed as soon as nobody uses it. */
    static Pool pool(Vertx vertx, PoolOptions options, PgConnectOptions connectOptions, Duration lifetime) {
        NetClientOptions tcp = new NetClientOptions()
                .setConnectTimeout(ACQUIRE_SECONDS * 1000)
                .setTcpKeepAlive(true)
                .setTcpNoDelay(true);
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
