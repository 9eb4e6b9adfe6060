package rocketrides.servers;

import io.vertx.core.Future;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import rocketrides.config.ServerUri;
import rocketrides.runtime.HostAndPort;
import rocketrides.runtime.Reason;

/** Finds the Redis master that holds a key: the host in the URI, or by asking the Sentinels or cluster nodes there. */
final class MasterSearch {
    /** The host of a node that is configured to announce a host name and has none. */
    private static final String NO_NAME = "?";

    private final ServerUri server;
    private final String key;
    private final Asking asking;
    private final AtomicInteger turn = new AtomicInteger();

    /** Sends one command on a connection of its own. */
    @FunctionalInterface
    interface Asking {
        /**
         * Completes with the reply, which is null for nil. Fails if the reply is an error.
         *
         * @param whose the prefix of the user's and password's names in the URI
         */
        Future<Response> send(String whose, HostAndPort where, Request command);
    }

    MasterSearch(ServerUri server, String key, Asking asking) {
        this.server = server;
        this.key = key;
        this.asking = asking;
    }

    /**
     * Asks the hosts of the URI one after the other, starting with another one in each search. So a host that does not
     * answer costs a bounded time, and a host with outdated knowledge is not always asked first.
     */
    Future<HostAndPort> find() {
        return find(turn.getAndIncrement(), new ArrayList<>());
    }

    private Future<HostAndPort> find(int first, List<String> failures) {
        List<HostAndPort> hosts = server.hosts();
        HostAndPort next = hosts.get(Math.floorMod(first + failures.size(), hosts.size()));
        return ask(next).recover(failure -> {
            failures.add(next + ": " + Reason.of(failure));
            return failures.size() < hosts.size()
                    ? find(first, failures)
                    : Future.failedFuture(new IOException("no master found (" + String.join("; ", failures) + ")"));
        });
    }

    private Future<HostAndPort> ask(HostAndPort host) {
        if (server.sentinel()) {
            return askSentinel(host, server.named("master").orElseThrow());
        }
        return server.cluster() ? askNode(host) : Future.succeededFuture(host);
    }

    /** Also asks the server that the Sentinel names: the Sentinel may not know of the last failover yet. */
    private Future<HostAndPort> askSentinel(HostAndPort sentinel, String master) {
        return asking.send("sentinel-", sentinel, Request.cmd(Command.SENTINEL, "GET-MASTER-ADDR-BY-NAME", master))
                .map(found -> {
                    require(found != null, "it knows no master '" + master + "'");
                    return announced(sentinel, found.get(0), found.get(1));
                })
                .compose(found -> asking.send("", found, Request.cmd(Command.ROLE))
                        .map(role -> {
                            require(
                                    role.get(0).toString().equals("master"),
                                    "it names " + found + ", which is a " + role.get(0));
                            return found;
                        }));
    }

    private Future<HostAndPort> askNode(HostAndPort node) {
        return asking.send("", node, Request.cmd(Command.CLUSTER, "KEYSLOT", key))
                .compose(slot -> asking.send("", node, Request.cmd(Command.CLUSTER, "SLOTS"))
                        .map(slots -> owner(node, slots, slot.toInteger())));
    }

    /** {@code slots}: for each range its first slot, last slot, master and replicas. */
    private HostAndPort owner(HostAndPort asked, Response slots, int slot) {
        Response master = slots.stream()
                .filter(range ->
                        range.get(0).toInteger() <= slot && slot <= range.get(1).toInteger())
                .map(range -> range.get(2))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException(
                        "it says that slot " + slot + ", where key '" + key + "' belongs, has no owner"));
        return announced(asked, host(master), master.get(1));
    }

    /** A node's entry ends with a list of names and values. The list contains the IP address if the host is a name. */
    private static Response host(Response node) {
        Response host = node.get(0);
        if (host != null && host.toString().equals(NO_NAME) && node.size() > 3) {
            Response more = node.get(3);
            for (int i = 0; i + 1 < more.size(); i += 2) {
                if (more.get(i).toString().equals("ip")) {
                    return more.get(i + 1);
                }
            }
        }
        return host;
    }

    /** {@code host}: null or empty if it is the host that was asked. */
    private static HostAndPort announced(HostAndPort asked, Response host, Response port) {
        String name = host == null || host.toString().isEmpty() ? asked.host() : host.toString();
        int number = port.toInteger();
        require(
                ServerUri.isHost(name) && number > 0 && number <= 65_535,
                "it says that the master is at '" + name + "', port " + number
                        + ", which is no host with a port from 1 to 65535");
        return new HostAndPort(name, number);
    }

    private static void require(boolean condition, String otherwise) {
        if (!condition) {
            throw new IllegalStateException(otherwise);
        }
    }
}
