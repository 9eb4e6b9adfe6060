package rocketrides.servers;

import io.vertx.core.Future;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import rocketrides.runtime.HostAndPort;

/**
 * Asks a Sentinel for the master, then asks that server for its role: the Sentinel may not know of the last failover
 * yet.
 */
record SentinelSearch(Server sentinels, Server nodes, String master) implements MasterSearch {
    @Override
    public Future<HostAndPort> ask(HostAndPort sentinel) {
        Request where =
                Request.cmd(Command.SENTINEL).arg("GET-MASTER-ADDR-BY-NAME").arg(master);
        return sentinels
                .send(sentinel, where)
                .map(found -> {
                    if (found == null) {
                        throw new IllegalStateException("it knows no master '" + master + "'");
                    }
                    return MasterSearch.announced(sentinel, found.get(0), found.get(1));
                })
                .compose(this::confirmed);
    }

    private Future<HostAndPort> confirmed(HostAndPort found) {
        return nodes.send(found, Request.cmd(Command.ROLE)).map(role -> {
            if (!role.get(0).toString().equals("master")) {
                throw new IllegalStateException("it names " + found + ", which is a " + role.get(0));
            }
            return found;
        });
    }
}
