package rocketrides.servers;

import io.vertx.core.Future;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import rocketrides.runtime.HostAndPort;

/** Asks a node of a Redis Cluster for the master of a key's slot. */
record ClusterSearch(Server nodes, String key) implements MasterSearch {
    /** The host of a node that is configured to announce a host name and has none. */
    private static final String NO_NAME = "?";

    @Override
    public Future<HostAndPort> ask(HostAndPort node) {
        return nodes.send(node, Request.cmd(Command.CLUSTER).arg("KEYSLOT").arg(key))
                .compose(slot -> nodes.send(node, Request.cmd(Command.CLUSTER).arg("SLOTS"))
                        .map(slots -> owner(node, slots, slot.toInteger())));
    }

    /** {@code slots}: for each range its first slot, last slot, master and replicas. */
    private HostAndPort owner(HostAndPort asked, Response slots, int slot) {
        for (Response range : slots) {
            if (range.get(0).toInteger() <= slot && slot <= range.get(1).toInteger()) {
                Response master = range.get(2);
                return MasterSearch.announced(asked, host(master), master.get(1));
            }
        }
        throw new IllegalStateException(
                "it says that slot " + slot + ", where key '" + key + "' belongs, has no owner");
    }

    /**
     * Since Redis 7 a node's entry ends with a list of names and values. The list contains the IP address if the host
     * is a name.
     */
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
}
