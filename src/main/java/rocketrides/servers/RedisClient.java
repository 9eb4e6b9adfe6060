package rocketrides.servers;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetClientOptions;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.ProtocolVersion;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.RedisOptions;
import io.vertx.redis.client.RedisStandaloneConnectOptions;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import io.vertx.redis.client.ResponseType;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import rocketrides.config.ServerUri;
import rocketrides.runtime.HostAndPort;
import rocketrides.runtime.Reason;

/**
 * Opens connections to the Redis master that holds the log's stream. Its address is fixed in the URI, or the Sentinels
 * or cluster nodes are asked for it each time a connection is opened. Every user of Redis has a connection of its own,
 * so none waits behind the blocking read or the batch of another.
 */
public final class RedisClient {
    private static final Logger LOG = LoggerFactory.getLogger(RedisClient.class);
    private static final Duration TIMEOUT = Duration.ofSeconds(5);

    /** How many hosts may leave a question unanswered before the time limit of a search is over. */
    private static final int SILENT_HOSTS = 5;

    /**
     * Matches in the reply to INFO. The other policies evict only keys with an expiry time, which the stream does not
     * have.
     */
    private static final Pattern EVICTS_ANY_KEY = Pattern.compile("maxmemory_policy:(allkeys-\\w+)");

    private final Vertx vertx;
    private final ServerUri server;
    private final Trust trust;
    private final String key;
    private final Duration timeout;
    private final MasterSearch search;

    /**
     * @param caFile the certificate authorities to trust for TLS; empty: those of the JVM
     * @param key of the stream
     */
    public RedisClient(Vertx vertx, String uri, Optional<Path> caFile, String key) {
        this(vertx, uri, caFile, key, TIMEOUT);
    }

    RedisClient(Vertx vertx, String uri, Optional<Path> caFile, String key, Duration timeout) {
        this(vertx, ServerUri.redis(uri), new Trust(vertx, caFile), key, timeout);
    }

    private RedisClient(Vertx vertx, ServerUri server, Trust trust, String key, Duration timeout) {
        this.vertx = vertx;
        this.server = server;
        this.trust = trust;
        this.key = key;
        this.timeout = timeout;
        this.search = new MasterSearch(server, key, this::ask);
    }

    /** A client for another stream in the same Redis. */
    public RedisClient of(String otherKey) {
        return otherKey.equals(key) ? this : new RedisClient(vertx, server, trust, otherKey, timeout);
    }

    /** Returns a connection that is opened at its first use. */
    public HeldConnection hold() {
        return hold("", search::find, timeout, this::explained);
    }

    /** {@code whose}: the prefix of the user's and password's names in the URI. */
    private HeldConnection hold(
            String whose,
            Supplier<Future<HostAndPort>> place,
            Duration limit,
            Function<Throwable, Throwable> explained) {
        RedisOptions options = options(limit);
        return new HeldConnection(
                vertx,
                () -> place.get()
                        .compose(node -> login(options, node, whose))
                        .map(login ->
                                Redis.createStandaloneClient(vertx, options, () -> Future.succeededFuture(login))),
                limit,
                explained);
    }

    private Throwable explained(Throwable failure) {
        String text = "Redis at " + address() + ": " + Reason.of(failure) + " (redis.uri, REDIS_URL)";
        return failure instanceof TimeoutException ? new TimeoutException(text) : new IOException(text, failure);
    }

    /** For {@link MasterSearch.Asking}. */
    private Future<Response> ask(String whose, HostAndPort where, Request command) {
        Duration limit = timeout.dividedBy(SILENT_HOSTS);
        HeldConnection connection = hold(whose, () -> Future.succeededFuture(where), limit, Function.identity());
        return connection
                .send(command)
                .onComplete(answered -> connection.close())
                .timeout(limit.toMillis(), TimeUnit.MILLISECONDS)
                .map(reply -> {
                    if (reply != null && reply.type() == ResponseType.ERROR) {
                        throw new IllegalStateException(where + " answers " + reply);
                    }
                    return reply;
                });
    }

    /**
     * Fails with a {@link ServerException} if the certificate of Redis is not trusted, which waiting cannot change.
     * Completes if it is trusted, and also if Redis cannot be reached.
     */
    public Future<Void> refuseUntrusted() {
        if (!server.tls()) {
            return Future.succeededFuture();
        }
        return once(Request.cmd(Command.PING)).<Void>mapEmpty().recover(away -> trust.refusal(
                        "Redis at " + address(), "redis.ca-file", away)
                .<Future<Void>>map(Future::failedFuture)
                .orElseGet(Future::succeededFuture));
    }

    /**
     * Logs a warning if Redis may evict the stream. Consumers would then read from Postgres, which is slower. Uses INFO
     * because hosted servers allow it, while they forbid CONFIG. Logs nothing if INFO is forbidden too. Fails if Redis
     * cannot be reached.
     */
    public Future<Void> checkEviction() {
        return once(Request.cmd(Command.INFO).arg("memory"))
                .onSuccess(this::warnIfEvicting)
                .mapEmpty();
    }

    private Future<Response> once(Request command) {
        HeldConnection connection = hold();
        return connection.send(command).eventually(connection::close);
    }

    private void warnIfEvicting(Response reply) {
        Matcher policy = EVICTS_ANY_KEY.matcher(reply.toString());
        if (reply.type() == ResponseType.ERROR) {
            LOG.debug("Redis at {} does not say whether it evicts: {}", address(), reply);
        } else if (policy.find()) {
            LOG.warn(
                    "Redis at {} has maxmemory-policy {}: under memory pressure it drops the stream, and consumers"
                            + " read from Postgres instead, which is slower. Set noeviction (CONFIG SET"
                            + " maxmemory-policy noeviction, and in redis.conf).",
                    address(),
                    policy.group(1));
        }
    }

    /** The URI's hosts, without user and password. */
    public String address() {
        return server.toString();
    }

    /**
     * The client parses the address as a {@link java.net.URI}, which does not allow underscores in a host name. Such a
     * name is resolved here.
     */
    private Future<RedisStandaloneConnectOptions> login(RedisOptions options, HostAndPort node, String whose) {
        Future<String> host = node.host().indexOf('_') < 0
                ? Future.succeededFuture(node.host())
                : vertx.executeBlocking(() -> InetAddress.getByName(node.host()).getHostAddress());
        return host.map(known -> {
            var login = new RedisStandaloneConnectOptions(options)
                    .setConnectionString((server.tls() ? "rediss" : "redis") + "://"
                            + new HostAndPort(known, node.port()) + "/"
                            + server.named(whose + "database").orElse(""));
            server.named(whose + "user").ifPresent(login::setUser);
            server.named(whose + "password").ifPresent(login::setPassword);
            return login;
        });
    }

    private RedisOptions options(Duration limit) {
        NetClientOptions tcp =
                new NetClientOptions().setConnectTimeout((int) limit.toMillis()).setTcpKeepAlive(true);
        if (server.tls()) {
            tcp.setSsl(true).setHostnameVerificationAlgorithm("HTTPS").setTrustOptions(trust.options());
        }
        return new RedisOptions()
                .setNetClientOptions(tcp)
                .setPreferredProtocolVersion(ProtocolVersion.RESP2)
                .setMaxWaitingHandlers(HeldConnection.MAX_UNANSWERED)
                .setPoolName("redis") // else each client would have meters of a random name, which Vert.x never removes
                .setMaxPoolSize(1)
                .setMaxPoolWaiting(1)
                .setPoolCleanerInterval(-1)
                .setPoolRecycleTimeout(-1);
    }
}
