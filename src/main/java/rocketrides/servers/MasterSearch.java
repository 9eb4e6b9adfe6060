package rocketrides.servers;

import io.vertx.core.Future;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import rocketrides.config.ServerUri;
import rocketrides.runtime.HostAndPort;

/** Finds the master that a connection is to lead to, by asking a host that the URI names. */
@FunctionalInterface
interface MasterSearch {
    /** Fails if the host does not answer, or does not know. */
    Future<HostAndPort> ask(HostAndPort named);

    /** Sends a command on a connection for this command only. */
    @FunctionalInterface
    interface Server {
        /** Completes with the reply, which is null for nil; fails if it is an error. */
        Future<Response> send(HostAndPort where, Request command);
    }

    /**
     * Where a server says that another one is.
     *
     * @param host null or empty if the server knows no name of its own but the one by which it was asked
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
