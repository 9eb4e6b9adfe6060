package rocketrides.http;

import io.netty.channel.ChannelHandlerContext;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.impl.HttpServerConnection;

/** The Netty channel of a connection. Only this class uses a non-public class of Vert.x. */
public final class Wire {
    private Wire() {}

    static ChannelHandlerContext of(HttpConnection connection) {
        return ((HttpServerConnection) connection).channelHandlerContext();
    }

    /**
     * Drops a connection whose client no longer reads. Vert.x's {@code close} and {@code reset} first wait until the
     * client has read what was written, which may never happen. This method discards the unread data. Call it on the
     * connection's context.
     */
    public static void cut(HttpConnection connection) {
        of(connection).close();
    }
}
