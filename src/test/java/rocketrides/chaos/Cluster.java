package rocketrides.chaos;

import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import rocketrides.testing.Disk;
import rocketrides.testing.Place;
import rocketrides.testing.Proxy;
import rocketrides.testing.RedisGroup;

/**
 * The program as five processes on one Postgres, and on one Redis or a Redis Cluster: the API, two streamers, the
 * consumers, and a twin with the same consumer names. Each process has its own proxy to each server.
 */
final class Cluster implements AutoCloseable {
    static final String STREAM = "rides";
    static final List<String> CONSUMERS = List.of("consumer0", "consumer1");
    static final List<String> PROCESSES = List.of("api", "streamer", "second", "consumers", "twin");

    static final Path BINARIES = Path.of("target", "test-servers").toAbsolutePath();

    private final Vertx vertx = Vertx.vertx();
    private final Map<String, Role> roles = new LinkedHashMap<>();
    private final Path home;
    private final int apiPort;
    private final int partitions;
    private volatile PostgresServer postgres;
    private final RedisGroup redis;

    /** {@code program}: the arguments after {@code java} for each process, {@code -jar …} for the real one. */
    Cluster(Path home, ChaosRun.Options options, Function<String, List<String>> program) throws Exception {
        this.home = home;
        this.partitions = options.partitions();
        postgres = PostgresServer.create(Files.createDirectories(home), BINARIES, Place.HERE);
        boolean cluster = options.redis() == RedisGroup.Kind.CLUSTER;
        var servers = home.resolve("redis-servers");
        redis = switch (options.redis()) {
            case ALONE -> RedisGroup.alone(servers, Place.HERE);
            case CLUSTER -> RedisGroup.masters(servers);
            case SENTINELS -> throw new IllegalArgumentException("chaos.redis is ALONE or CLUSTER, not SENTINELS");
        };
        apiPort = Disk.freePort();
        var common = new HashMap<String, String>();
        common.put("STREAM_NAME", STREAM);
        common.put("ROCKET_RIDES_LOG_PARTITIONS", "" + partitions);
        common.put("ROCKET_RIDES_LOG_DELIVERY", options.delivery().toString());
        common.put("ROCKET_RIDES_LOG_RETENTION", options.retention());
        common.put("ROCKET_RIDES_STREAMER_POLL_INTERVAL", "100ms");
        common.put("ROCKET_RIDES_FAILURES_SEED", "" + options.seed());
        common.put("ROCKET_RIDES_FAILURES_STREAMER_AFTER_PUBLISH", "0.05");
        common.put("ROCKET_RIDES_FAILURES_CONSUMER_BEFORE_SAVE", "0.05");
        var instances = Map.of("API", List.of("api"), "STREAMER", List.of("streamer", "second"));
        for (var name : PROCESSES) {
            var environment = new HashMap<>(common);
            for (var role : List.of("API", "STREAMER", "SIMULATOR")) {
                boolean here = instances.getOrDefault(role, List.of()).contains(name);
                environment.put("ROCKET_RIDES_" + role + "_INSTANCES", here ? "1" : "0");
            }
            environment.put("API_PORT", name.equals("api") ? "" + apiPort : "0"); // the others serve their health there
            boolean consumes = name.equals("consumers") || name.equals("twin");
            environment.put("ROCKET_RIDES_CONSUMER_INSTANCES", consumes ? "" + CONSUMERS.size() : "0");
            var toPostgres = new Proxy(vertx, postgres.port());
            // A Cluster tells clients only the port of the right node, so each process has an address of its own.
            var toRedis = cluster
                    ? toNodes("127.0.0." + (roles.size() + 2))
                    : List.of(new Proxy(vertx, redis.server(0).port()));
            environment.put("DATABASE_URL", postgres.uri(toPostgres.port()));
            environment.put(
                    "REDIS_URL",
                    toRedis.stream()
                            .map(Proxy::address)
                            .collect(Collectors.joining(",", cluster ? "redis-cluster://" : "redis://", "")));
            roles.put(
                    name,
                    new Role(
                            new OwnProgram(name, home, Place.HERE, program.apply(name), environment),
                            toPostgres,
                            toRedis));
        }
    }

    PostgresServer postgres() {
        return postgres;
    }

    /** Redirects all proxies to this server; the old one is gone. */
    void failOver(PostgresServer promoted) {
        postgres = promoted;
        for (var role : roles.values()) {
            role.postgres().target(promoted.port());
            role.postgres().cut();
        }
    }

    /** A proxy that no process of the program uses. */
    Proxy proxy(int port) throws Exception {
        return new Proxy(vertx, port);
    }

    /** Proxies with the ports of the nodes. */
    private List<Proxy> toNodes(String address) throws Exception {
        var proxies = new ArrayList<Proxy>();
        for (var node : redis.servers()) {
            proxies.add(new Proxy(vertx, address, node.port(), node.port()));
        }
        return proxies;
    }

    RedisGroup redis() {
        return redis;
    }

    /** By partition. */
    List<String> streams() {
        return partitions == 1
                ? List.of(STREAM)
                : IntStream.range(0, partitions)
                        .mapToObj(partition -> STREAM + ":" + partition)
                        .toList();
    }

    Role role(String name) {
        return roles.get(name);
    }

    List<Role> roles() {
        return new ArrayList<>(roles.values());
    }

    URI api() {
        return URI.create("http://127.0.0.1:" + apiPort + "/rides");
    }

    Path home() {
        return home;
    }

    void start() throws IOException {
        postgres.start();
        for (var role : roles.values()) {
            role.program().start();
        }
    }

    @Override
    public void close() throws IOException {
        for (var role : roles.values()) {
            role.close();
        }
        redis.close();
        postgres.close();
        vertx.close();
    }
}
