package rocketrides.servers;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.net.ClientSSLOptions;
import io.vertx.core.net.NetClientOptions;
import io.vertx.core.net.PemTrustOptions;
import io.vertx.core.net.TrustOptions;
import io.vertx.pgclient.PgBuilder;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.pgclient.SslMode;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.PoolOptions;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.TrustManagerFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import rocketrides.HostAndPort;
import rocketrides.config.ServerUri;

/**
 * The pools on the Postgres at a URI. Every session commits durably (only a streamer's mark says that it need not), reads
 * what is committed, and lets no statement and no idle transaction last for ever. Both pools give up on an acquisition
 * after some seconds and reconnect by themselves after an outage.
 */
public final class Postgres {
    private static final Logger LOG = LoggerFactory.getLogger(Postgres.class);
    /** One to seal, one to read and mark, one that the floor's sample is bound to, one to look below it, one for retention. */
    private static final int CONNECTIONS_PER_STREAMER = 5;

    private static final int MAX_WAITING = 10_000;
    private static final int ACQUIRE_SECONDS = 5;
    private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);

    private final Vertx vertx;
    private final PgConnectOptions options;
    private final Pool pool;
    private final Pool streamerPool;
    private boolean closed;

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
        this.options = options(uri, caFile);
        this.pool = pool("postgres", poolSize, new PgConnectOptions(options));
        this.streamerPool = pool(
                "postgres-streamer",
                CONNECTIONS_PER_STREAMER * Math.max(1, streamers),
                forStreamer(new PgConnectOptions(options)));
    }

    /** For everyone but the streamer. */
    public Pool pool() {
        return pool;
    }

    /** A statement prepared while the queue was empty would else scan it as a whole for ever. */
    public Pool streamerPool() {
        return streamerPool;
    }

    /** Without user and password. */
    public String address() {
        return HostAndPort.of(options.getHost(), options.getPort()) + "/" + options.getDatabase();
    }

    /**
     * Completes when Postgres is there and has our schema. While it is away, waits; fails on anything that waiting does
     * not mend (wrong password, a standby), and when closed meanwhile.
     */
    public Future<Void> ready() {
        Promise<Void> promise = Promise.promise();
        attempt(promise, FIRST_PAUSE);
        return promise.future();
    }

    public synchronized Future<Void> close() {
        closed = true;
        return Future.join(pool.close(), streamerPool.close()).mapEmpty();
    }

    private void attempt(Promise<Void> promise, Duration pause) {
        new Schema(pool, address()).apply().onComplete(applied -> {
            if (applied.succeeded()) {
                if (!pause.equals(FIRST_PAUSE)) {
                    LOG.info("Postgres at {} is back", address());
                }
                promise.complete();
            } else if (isClosed() || !(Outage.isUnavailable(applied.cause()) || Schema.isBusy(applied.cause()))) {
                promise.fail(applied.cause());
            } else {
                if (pause.equals(FIRST_PAUSE)) {
                    LOG.warn(
                            "Waiting for Postgres at {}: {}",
                            address(),
                            applied.cause().getMessage());
                }
                vertx.timer(jittered(pause), TimeUnit.MILLISECONDS)
                        .onComplete(fired -> attempt(promise, longer(pause)));
            }
        });
    }

    private synchronized boolean isClosed() {
        return closed;
    }

    private static long jittered(Duration pause) {
        return ThreadLocalRandom.current().nextLong(pause.toMillis() / 2, pause.toMillis() + 1);
    }

    private static Duration longer(Duration pause) {
        Duration doubled = pause.multipliedBy(2);
        return doubled.compareTo(LONGEST_PAUSE) < 0 ? doubled : LONGEST_PAUSE;
    }

    private Pool pool(String name, int size, PgConnectOptions connectOptions) {
        NetClientOptions tcp = new NetClientOptions()
                .setConnectTimeout(ACQUIRE_SECONDS * 1000)
                .setTcpKeepAlive(true)
                .setTcpNoDelay(true);
        return PgBuilder.pool()
                .with(new PoolOptions()
                        .setName(name)
                        .setMaxSize(size)
                        .setMaxWaitQueueSize(MAX_WAITING)
                        .setConnectionTimeout(ACQUIRE_SECONDS)
                        .setConnectionTimeoutUnit(TimeUnit.SECONDS))
                .with(tcp)
                .connectingTo(connectOptions)
                .using(vertx)
                .build();
    }

    private static PgConnectOptions options(String uri, Optional<Path> caFile) {
        ServerUri server = ServerUri.postgres(uri);
        PgConnectOptions options = new PgConnectOptions()
                .setHost(server.host())
                .setPort(server.port())
                .setDatabase(server.named("database").orElseThrow())
                .setUser(server.named("user").orElseThrow())
                .setSslMode(SslMode.of(server.named("sslmode").orElse("disable")));
        server.named("password").ifPresent(options::setPassword);
        options.setCachePreparedStatements(true)
                .setPreparedStatementCacheSqlLimit(16_384)
                .addProperty("application_name", "rocket-rides-log")
                .addProperty("TimeZone", "UTC")
                .addProperty("synchronous_commit", "on")
                // planning a save or an insert anew costs as much as doing it, and the plan is always the same
                .addProperty("plan_cache_mode", "force_generic_plan")
                .addProperty("default_transaction_isolation", "read committed")
                .addProperty("idle_in_transaction_session_timeout", "10s")
                .addProperty("statement_timeout", "30s");
        return options.setSslOptions(ssl(options.getSslMode(), caFile));
    }

    /** As in libpq: up to {@code require} any certificate will do; then a known authority; then the host's own name. */
    private static ClientSSLOptions ssl(SslMode mode, Optional<Path> caFile) {
        ClientSSLOptions ssl =
                new ClientSSLOptions().setHostnameVerificationAlgorithm(mode == SslMode.VERIFY_FULL ? "HTTPS" : "");
        boolean verifies = mode == SslMode.VERIFY_CA || mode == SslMode.VERIFY_FULL;
        return verifies
                ? ssl.setTrustOptions(
                        caFile.<TrustOptions>map(Postgres::authoritiesIn).orElseGet(Postgres::authoritiesOfThisJvm))
                : ssl.setTrustAll(true);
    }

    private static PemTrustOptions authoritiesIn(Path caFile) {
        return new PemTrustOptions().addCertPath(caFile.toString());
    }

    /** The JDK's, or those of {@code -Djavax.net.ssl.trustStore}; the client wants them named. */
    private static TrustOptions authoritiesOfThisJvm() {
        try {
            TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            factory.init((KeyStore) null);
            return TrustOptions.wrap(factory.getTrustManagers()[0]);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("This JVM has no usable trust store", e);
        }
    }

    private static PgConnectOptions forStreamer(PgConnectOptions options) {
        return options.addProperty("enable_seqscan", "off").addProperty("jit", "off");
    }
}
