package rocketrides.http;

import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.impl.HttpServerConnection;

/**
 * Ends a connection whose other end takes nothing any more. Vert.x's own {@code close} and {@code reset} first wait until
 * everything that was written has been taken, which may be never; here it is thrown away.
 */
public final class HangUp {
    private HangUp() {}

    /** To be called on the connection's context. */
    public static void now(HttpConnection connection) {
        ((HttpServerConnection) connection).channelHandlerContext().close();
    }
}
