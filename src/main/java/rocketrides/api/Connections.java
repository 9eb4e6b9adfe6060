package rocketrides.api;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import rocketrides.config.Settings;
import rocketrides.http.Answers;
import rocketrides.http.StrictDecoder;
import rocketrides.http.Wire;

/**
 * Limits the number of connections, and closes idle ones. A connection is idle if it has had no complete request for
 * the idle timeout, whether nothing arrives or a request arrives too slowly. A client that waits for a response, or
 * reads a live stream, is not idle.
 */
final class Connections {
    private static final long MAX_SWEEP_MILLIS = 5_000;

    private final Settings.Api settings;
    private final Map<HttpConnection, Client> clients = new HashMap<>();

    /** Call this on a verticle's context: the periodic sweep ends with the verticle. */
    Connections(Vertx vertx, Settings.Api settings) {
        this.settings = settings;
        var millis = Math.min(MAX_SWEEP_MILLIS, settings.idleTimeout().toMillis() / 4);
        vertx.setPeriodic(millis, id -> sweep());
    }

    /** A connection beyond the limit is closed before it sends a request, so its client may safely retry. */
    void admit(HttpConnection connection) {
        if (clients.size() >= settings.maxConnections()) {
            connection.close();
            return;
        }
        try {
            StrictDecoder.use(connection, settings.maxHeader());
        } catch (RuntimeException e) {
            connection.close(); // never serve with the lenient decoder of Vert.x
            throw e;
        }
        clients.put(connection, new Client());
        connection.closeHandler(ignored -> clients.remove(connection));
    }

    /** Call this for every request, before all other handlers. */
    void begin(RoutingContext context) {
        var request = context.request();
        var client = clients.get(request.connection());
        if (client != null) {
            client.begin(request);
            context.addEndHandler(ignored -> client.end(request));
        }
        context.next();
    }

    private void sweep() {
        var now = System.nanoTime();
        for (var connection : List.copyOf(clients.keySet())) {
            var client = clients.get(connection);
            if (client != null
                    && client.isAwaited()
                    && now - client.since > settings.idleTimeout().toNanos()) {
                client.hangUp(connection, now);
            }
        }
    }

    /** The state of one connection. */
    private static final class Client {
        private long since = System.nanoTime();
        private HttpServerRequest request;
        private boolean hungUp;

        void begin(HttpServerRequest begun) {
            request = begun;
            since = System.nanoTime();
        }

        void end(HttpServerRequest ended) {
            if (request == ended) {
                request = null;
                since = System.nanoTime();
            }
        }

        /** Whether it is the client's turn: it has not yet sent a complete request. */
        boolean isAwaited() {
            return request == null || !request.isEnded();
        }

        /**
         * The first call closes the connection, which waits until the client has read its responses. A client that does
         * not read them still counts as idle: if closing takes longer than the idle timeout, the second call drops the
         * connection, with what the client had not read.
         */
        void hangUp(HttpConnection connection, long now) {
            since = now;
            if (hungUp) {
                Wire.cut(connection);
                return;
            }
            hungUp = true;
            if (request == null) {
                connection.close();
            } else {
                Answers.hangUp(request, 408);
            }
        }
    }
}
