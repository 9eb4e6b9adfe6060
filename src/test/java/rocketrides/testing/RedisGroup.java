package rocketrides.testing;

import static rocketrides.testing.Eventually.eventually;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import rocketrides.embedded.TestBinaries;

/**
 * One Redis or a group of them, which tests kill and freeze. The servers of a group know each other from their configuration
 * files, so nobody waits for them to meet.
 */
public final class RedisGroup implements AutoCloseable {
    public static final int SLOTS = 16_384;

    private static final List<String> QUICK =
            List.of("--save", "", "--appendonly", "no", "--repl-diskless-sync-delay", "0");

    private static final List<String> DURABLE = List.of(
            "--save", "",
            "--appendonly", "yes",
            "--appendfsync", "everysec",
            "--auto-aof-rewrite-percentage", "0",
            "--aof-load-truncated", "yes",
            "--maxmemory-policy", "noeviction");

    /** The kind of installation. */
    public enum Kind {
        ALONE,
        SENTINELS,
        CLUSTER
    }

    private final List<RedisServer> servers;
    private final String uri;

    private RedisGroup(List<RedisServer> servers, String uri) throws IOException {
        this.servers = servers;
        this.uri = uri;
        for (var server : servers) {
            server.start();
        }
    }

    /** All servers are in one place. */
    public static RedisGroup start(Kind kind, Path home, Place place) throws Exception {
        return switch (kind) {
            case ALONE -> alone(home, place);
            case SENTINELS -> sentinels(home, place);
            case CLUSTER -> cluster(home, place, 6, QUICK);
        };
    }

    /** With an append-only file. */
    public static RedisGroup alone(Path home, Place place) throws IOException {
        var port = freePorts(1).get(0);
        var server = server(Files.createDirectories(home), place, port, DURABLE, List.of());
        return new RedisGroup(List.of(server), server.uri());
    }

    /** Three masters and a replica of each, without files: server {@code i + 3} replicates server {@code i}. */
    public static RedisGroup cluster(Path home) throws Exception {
        return cluster(home, Place.HERE, 6, QUICK);
    }

    /**
     * Three masters without replicas, with append-only files. They tell clients only the port of the right node. So a client
     * that reaches one of them at an address of its own, through a proxy, reaches all of them at that address.
     */
    public static RedisGroup masters(Path home) throws Exception {
        var options = new ArrayList<>(DURABLE);
        options.addAll(List.of("--cluster-preferred-endpoint-type", "unknown-endpoint"));
        return cluster(home, Place.HERE, 3, options);
    }

    private static RedisGroup cluster(Path home, Place place, int count, List<String> options) throws Exception {
        var ports = freePorts(count);
        var buses = freePorts(count);
        var servers = new ArrayList<RedisServer>();
        for (int i = 0; i < count; i++) {
            var own = Files.createDirectories(home.resolve("node" + i));
            int self = i;
            var nodes = IntStream.range(0, count)
                    .mapToObj(node -> id(node) + " " + place.address() + ":" + ports.get(node) + "@" + buses.get(node)
                            + (node == self ? " myself," : " ")
                            + (node < 3 ? "master -" : "slave " + id(node - 3))
                            + " 0 0 " + (node % 3 + 1) + " connected"
                            + (node < 3 ? " " + node * SLOTS / 3 + "-" + ((node + 1) * SLOTS / 3 - 1) : ""))
                    .collect(Collectors.joining("\n"));
            Files.writeString(own.resolve("nodes.conf"), nodes + "\nvars currentEpoch 3 lastVoteEpoch 0\n");
            servers.add(server(
                    own,
                    place,
                    ports.get(i),
                    options,
                    List.of(
                            "--cluster-enabled", "yes",
                            "--cluster-port", "" + buses.get(i),
                            "--cluster-node-timeout", "1000",
                            "--cluster-require-full-coverage", "no")));
        }
        var group = new RedisGroup(servers, "redis-cluster://" + hosts(place, ports));
        group.awaitCopies(IntStream.range(3, count).boxed().toList());
        group.awaitReady();
        return group;
    }

    /** Waits until every node of a cluster accepts commands. */
    public void awaitReady() {
        for (var server : servers.size() == 1 ? List.<RedisServer>of() : servers) {
            eventually(
                    "a node of the cluster is ready",
                    () -> server.command("CLUSTER", "INFO").toString().contains("cluster_state:ok"));
        }
    }

    /** A master, its replica, and three Sentinels. */
    public static RedisGroup sentinels(Path home) throws Exception {
        return sentinels(home, Place.HERE);
    }

    private static RedisGroup sentinels(Path home, Place place) throws Exception {
        var ports = freePorts(5);
        var servers = new ArrayList<RedisServer>();
        for (int i = 0; i < 5; i++) {
            var own = Files.createDirectories(home.resolve("server" + i));
            if (i < 2) {
                servers.add(server(
                        own,
                        place,
                        ports.get(i),
                        QUICK,
                        i == 0 ? List.of() : List.of("--replicaof", place.address() + " " + ports.get(0))));
            } else {
                var file = Files.writeString(own.resolve("sentinel.conf"), sentinel(own, place, i, ports));
                servers.add(new RedisServer(
                        own,
                        place,
                        ports.get(i),
                        List.of(TestBinaries.redisServer().toString(), file.toString(), "--sentinel")));
            }
        }
        var group = new RedisGroup(servers, "redis-sentinel://" + hosts(place, ports.subList(2, 5)) + "/mymaster");
        group.awaitCopies(List.of(1));
        return group;
    }

    private static String sentinel(Path own, Place place, int number, List<Integer> ports) {
        return "bind " + place.address() + "\nprotected-mode no\nport " + ports.get(number) + "\ndir " + own
                + "\nsentinel myid " + id(number)
                + "\nsentinel monitor mymaster " + place.address() + " " + ports.get(0) + " 2"
                + "\nsentinel down-after-milliseconds mymaster 700\nsentinel failover-timeout mymaster 2000"
                + "\nsentinel known-replica mymaster " + place.address() + " " + ports.get(1)
                + IntStream.range(2, 5)
                        .filter(other -> other != number)
                        .mapToObj(other -> "\nsentinel known-sentinel mymaster " + place.address() + " "
                                + ports.get(other) + " " + id(other))
                        .collect(Collectors.joining())
                + "\n";
    }

    private static RedisServer server(Path home, Place place, int port, List<String> options, List<String> more) {
        var all = new ArrayList<>(options);
        all.addAll(more);
        return RedisServer.of(TestBinaries.redisServer(), home, place, port, all);
    }

    private static String id(int number) {
        return String.format(Locale.ROOT, "%040x", number + 1);
    }

    /** All sockets are open at the same time, so the ports differ. */
    private static List<Integer> freePorts(int count) throws IOException {
        var sockets = new ArrayList<ServerSocket>();
        try {
            for (int i = 0; i < count; i++) {
                sockets.add(new ServerSocket(0, 1, InetAddress.getByAddress(new byte[] {127, 0, 0, 1})));
            }
            return sockets.stream().map(ServerSocket::getLocalPort).toList();
        } finally {
            for (var socket : sockets) {
                socket.close();
            }
        }
    }

    private static String hosts(Place place, List<Integer> ports) {
        return ports.stream().map(port -> place.address() + ":" + port).collect(Collectors.joining(","));
    }

    /** The URI with all hosts that can be asked. */
    public String uri() {
        return uri;
    }

    /** The server that accepts commands for the key now. Throws if there is none. */
    public RedisServer masterOf(String key) throws IOException {
        for (var server : servers) {
            if (isMaster(server) && answersFor(server, key)) {
                return server;
            }
        }
        throw new IOException("nobody answers for " + key);
    }

    /** A Sentinel does not know the command, and a master of another slot redirects. */
    private static boolean answersFor(RedisServer server, String key) {
        try {
            server.command("EXISTS", key);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /** The next master of the cluster. Throws if there is no other one. */
    private RedisServer otherMaster(RedisServer one) throws IOException {
        int index = servers.indexOf(one);
        return IntStream.range(1, servers.size())
                .mapToObj(next -> servers.get((index + next) % servers.size()))
                .filter(RedisGroup::isMaster)
                .findFirst()
                .orElseThrow(() -> new IOException("there is no other master"));
    }

    public List<RedisServer> servers() {
        return servers;
    }

    public RedisServer server(int number) {
        return servers.get(number);
    }

    /** The server on this port. */
    public RedisServer at(int port) {
        return servers.stream()
                .filter(server -> server.port() == port)
                .findFirst()
                .orElseThrow();
    }

    /** Waits until these servers have a copy of their master's data and follow it. */
    public void awaitCopies(List<Integer> replicas) throws Exception {
        for (int replica : replicas) {
            eventually("server " + replica + " follows its master", () -> info(servers.get(replica))
                    .contains("master_link_status:up"));
        }
    }

    public static String info(RedisServer server) throws IOException {
        return server.command("INFO", "replication").toString();
    }

    public static String id(RedisServer node) throws IOException {
        return node.command("CLUSTER", "MYID").toString();
    }

    public static boolean isMaster(RedisServer server) {
        try {
            return info(server).contains("role:master");
        } catch (IOException e) {
            return false;
        }
    }

    @Override
    public void close() throws IOException {
        for (var server : servers) {
            server.close();
        }
    }

    /** Moves the key's slot to another master. Throws if a server is away, or if there is no other master. */
    public void move(String key) throws IOException {
        var from = masterOf(key);
        var slot = from.command("CLUSTER", "KEYSLOT", key).toString();
        move(Integer.parseInt(slot), from, otherMaster(from));
    }

    /** Moves a slot with all its keys, as redis-cli does. */
    public void move(int slot, RedisServer from, RedisServer to) throws IOException {
        to.command("CLUSTER", "SETSLOT", "" + slot, "IMPORTING", id(from));
        from.command("CLUSTER", "SETSLOT", "" + slot, "MIGRATING", id(to));
        for (Object key : (List<?>) from.command("CLUSTER", "GETKEYSINSLOT", "" + slot, "100")) {
            from.command("MIGRATE", to.address(), "" + to.port(), key.toString(), "0", "5000");
        }
        to.command("CLUSTER", "SETSLOT", "" + slot, "NODE", id(to));
        from.command("CLUSTER", "SETSLOT", "" + slot, "NODE", id(to));
    }
}
