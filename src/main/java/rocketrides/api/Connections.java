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
 * Keeps clients from holding the server up: no more connections than allowed, and none for longer than the idle time
 * without a whole request, be it that nothing comes or that it comes by drops. Whoever waits for our answer, or reads a
 * live stream, is never cut off.
 */
final class Connections {
    private static final long MAX_SWEEP_MILLIS = 5_000;

    private final Settings.Api settings;
    private final Map<HttpConnection, Client> clients = new HashMap<>();

    /** To be called on a verticle's context, with which its work ends. */
    Connections(Vertx vertx, Settings.Api settings) {
        this.settings = settings;
        var millis = Math.min(MAX_SWEEP_MILLIS, settings.idleTimeout().toMillis() / 4);
        vertx.setPeriodic(millis, id -> sweep());
    }

    /** One too many is closed before it can ask for anything, so the client may safely try again elsewhere. */
    void admit(HttpConnection connection) {
        if (clients.size() >= settings.maxConnections()) {
            connection.close();
            return;
        }
        try {
            StrictDecoder.use(connection, settings.maxHeader());
        } catch (RuntimeException e) {
            connection.close(); // rather than serve without it
            throw e;
        }
        clients.put(connection, new Client());
        connection.closeHandler(ignored -> clients.remove(connection));
    }

    /** To be called for every request, before all other handlers. */
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
                    && client.owesUs()
                    && now - client.since > settings.idleTimeout().toNanos()) {
                client.hangUp(connection, now);
            }
        }
    }

    /** Who is at the other end of a connection. */
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

        boolean owesUs() {
            return request == null || !request.isEnded();
        }

        /** A close waits until the other end has taken what was written: for as long again, not for ever. */
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
