package rocketrides.servers;

import io.vertx.core.Future;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import rocketrides.config.ServerUri;
import rocketrides.runtime.HostAndPort;

/** Finds the Redis master to connect to, by asking a host named in the URI. */
@FunctionalInterface
interface MasterSearch {
    /** Fails if the host does not answer, or does not know the master. */
    Future<HostAndPort> ask(HostAndPort named);

    /** Sends one command on a connection of its own. */
    @FunctionalInterface
    interface Server {
        /** Completes with the reply, which is null for nil. Fails if the reply is an error. */
        Future<Response> send(HostAndPort where, Request command);
    }

    /**
     * The address of the master according to the server that was asked.
     *
     * @param host null or empty if it is the host that was asked
     */
    static HostAndPort announced(HostAndPort asked, Response host, Response port) {
        String name = host == null || host.toString().isEmpty() ? asked.host() : host.toString();
        int number = port.toInteger();
        if (!ServerUri.isHost(name) || number <= 0 || number > 65_535) {
            throw new IllegalStateException("it says that the master is at '" + name + "', port " + number
                    + ", which is no host with a port from 1 to 65535");
        }
        return new HostAndPort(name, number);
    }
}
