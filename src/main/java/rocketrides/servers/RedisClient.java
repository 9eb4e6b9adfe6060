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
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import rocketrides.config.ServerUri;
import rocketrides.runtime.HostAndPort;

/**
 * The way to the Redis at a URI. Whoever talks to it holds a connection of their own, so nobody waits behind another's
 * blocking read or batch.
 */
public final class RedisClient {
    private static final Logger LOG = LoggerFactory.getLogger(RedisClient.class);
    private static final Duration TIMEOUT = Duration.ofSeconds(5);

    /** In the answer to INFO. The other policies evict only keys that expire, which the stream does not. */
    private static final Pattern EVICTS_ANY_KEY = Pattern.compile("maxmemory_policy:(allkeys-\\w+)");

    private final Vertx vertx;
    private final ServerUri server;
    private final Trust trust;
    private final Duration timeout;

    /** Trusts the authorities of this JVM. */
    public RedisClient(Vertx vertx, String uri) {
        this(vertx, uri, Optional.empty(), TIMEOUT);
    }

    /** @param caFile the authorities to trust, for {@code rediss://}; else those of this JVM */
    public RedisClient(Vertx vertx, String uri, Optional<Path> caFile) {
        this(vertx, uri, caFile, TIMEOUT);
    }

    RedisClient(Vertx vertx, String uri, Optional<Path> caFile, Duration timeout) {
        this.vertx = vertx;
        this.server = ServerUri.redis(uri);
        this.trust = new Trust(caFile);
        this.timeout = timeout;
    }

    /** Not connected yet: that happens at its first use. */
    public HeldConnection hold() {
        RedisOptions options = options();
        return new HeldConnection(
                vertx, () -> Redis.createStandaloneClient(vertx, options, () -> address(options)), timeout);
    }

    /**
     * Fails with a {@link ServerException} if the certificate of Redis is not trusted, which waiting does not mend. Completes
     * if it is, and if Redis is away.
     */
    public Future<Void> refuseUntrusted() {
        if (!server.scheme().equals("rediss")) {
            return Future.succeededFuture();
        }
        HeldConnection connection = hold();
        return connection
                .send(Request.cmd(Command.PING))
                .eventually(connection::close)
                .<Void>mapEmpty()
                .recover(away -> trust.refusal().isEmpty()
                        ? Future.succeededFuture()
                        : Future.failedFuture(new ServerException(
                                "The certificate of Redis at " + address() + " is not trusted: "
                                        + trust.refusal().orElseThrow()
                                        + ". Name the authorities to trust in redis.ca-file, and the host as its certificate"
                                        + " does.",
                                away)));
    }

    /**
     * Warns of a Redis that may evict the stream. Consumers would heal from Postgres, but that is slower. Asks by INFO,
     * which hosted servers allow, and not by CONFIG, which they forbid. Says nothing where INFO is forbidden, too. Fails if
     * Redis is away.
     */
    public Future<Void> checkEviction() {
        HeldConnection connection = hold();
        return connection
                .send(Request.cmd(Command.INFO).arg("memory"))
                .onSuccess(this::warnIfEvicting)
                .<Void>mapEmpty()
                .eventually(connection::close);
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

    /** Without user and password. */
    public String address() {
        return server.toString();
    }

    /** The client puts the address into a {@link java.net.URI}, which knows no names with underscores: looked up here. */
    private Future<RedisStandaloneConnectOptions> address(RedisOptions options) {
        Future<String> host = server.host().indexOf('_') < 0
                ? Future.succeededFuture(server.host())
                : vertx.executeBlocking(
                        () -> InetAddress.getByName(server.host()).getHostAddress());
        return host.map(known -> {
            var address = new RedisStandaloneConnectOptions(options)
                    .setConnectionString(server.scheme() + "://" + HostAndPort.of(known, server.port()) + "/"
                            + server.named("database").orElse(""));
            server.named("user").ifPresent(address::setUser);
            server.named("password").ifPresent(address::setPassword);
            return address;
        });
    }

    private RedisOptions options() {
        NetClientOptions tcp = new NetClientOptions()
                .setConnectTimeout((int) timeout.toMillis())
                .setTcpKeepAlive(true)
                .setTcpNoDelay(true);
        if (server.scheme().equals("rediss")) {
            tcp.setSsl(true).setHostnameVerificationAlgorithm("HTTPS").setTrustOptions(trust.options());
        }
        return new RedisOptions()
                .setNetClientOptions(tcp)
                .setPreferredProtocolVersion(ProtocolVersion.RESP2)
                .setMaxWaitingHandlers(HeldConnection.MAX_UNANSWERED)
                .setPoolName("redis") // else the meters of each client have a name made up at random, and remain
                .setMaxPoolSize(1)
                .setMaxPoolWaiting(1)
                .setPoolCleanerInterval(-1)
                .setPoolRecycleTimeout(-1);
    }
}
