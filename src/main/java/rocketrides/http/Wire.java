package rocketrides.http;

import io.netty.channel.ChannelHandlerContext;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.impl.HttpServerConnection;

/** The channel below a connection: the one place that uses a class of Vert.x that is not public. */
public final class Wire {
    private Wire() {}

    static ChannelHandlerContext of(HttpConnection connection) {
        return ((HttpServerConnection) connection).channelHandlerContext();
    }

    /**
     * Ends a connection whose other end takes nothing any more. Vert.x's own {@code close} and {@code reset} first wait
     * until everything that was written has been taken, which may be never; here it is thrown away. To be called on the
     * connection's context.
     */
    public static void cut(HttpConnection connection) {
        of(connection).close();
    }
}
