package rocketrides.http;

import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.Map;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;
import rocketrides.runtime.Faults;
import rocketrides.servers.Outage;

/**
 * Writes the responses of the HTTP API. Every body is JSON. An error is {@code {"error": "…"}} and shows nothing
 * internal.
 */
public final class Answers {
    private static final Logger LOG = LoggerFactory.getLogger("api");
    private static final String INTERNAL = "Something went wrong on our side.";
    private static final String UNAVAILABLE = "This cannot be done right now. Please try again.";

    private static final Map<Integer, String> ERRORS = Map.of(
            400, "The request is malformed.",
            404, "There is nothing here.",
            405, "This method is not allowed here.",
            408, "The request took too long to arrive.",
            413, "The body is too large.",
            414, "The request line is too long.",
            417, "No expectation but 100-continue can be met.",
            431, "The headers are too large.",
            500, INTERNAL,
            505, "Only HTTP/1.0 and HTTP/1.1 are understood.");

    private Answers() {}

    public static Future<Void> json(HttpServerResponse response, String body) {
        return send(response, "application/json", Buffer.buffer(body));
    }

    /** Sets Content-Length itself, because Vert.x does not set it in the response to a HEAD request. */
    public static Future<Void> send(HttpServerResponse response, String type, Buffer body) {
        return response.putHeader("Content-Type", type)
                .putHeader("Content-Length", Integer.toString(body.length()))
                .end(body)
                .onFailure(t -> unsent(response, t));
    }

    /**
     * Answers errors of the router and its handlers, and exceptions that a handler throws, as JSON. Call this before
     * any route is added: the router uses the first failure handler that matches.
     */
    public static void errorsOf(Router router) {
        router.route().failureHandler(request -> failed(request, request.statusCode()));
        // the router has an error without a failure if no route matches the path, or none matches the method
        ERRORS.keySet().forEach(status -> router.errorHandler(status, request -> failed(request, status)));
        router.errorHandler(405, request -> otherMethods(request, methodsOf(router, request.normalizedPath())));
    }

    /** The methods of the routes for a path. Finds only routes without path parameters. */
    private static String methodsOf(Router router, String path) {
        return router.getRoutes().stream()
                .filter(route ->
                        route.methods() != null && (path.equals(route.getPath()) || path.equals(route.getPath() + "/")))
                .flatMap(route -> route.methods().stream())
                .map(HttpMethod::name)
                .distinct()
                .sorted()
                .collect(Collectors.joining(", "));
    }

    /** The router uses a status below 400 for an incomplete body: the body is malformed, or the client has gone. */
    private static void failed(RoutingContext request, int status) {
        var cause = request.failure();
        if (status == 500 && cause != null) {
            fail(request, cause);
            return;
        }
        var answered = status < 400 ? 400 : status;
        error(request.response(), answered, textOf(answered));
        if (cause != null) {
            of(LOG.atDebug(), request.response())
                    .setCause(cause)
                    .log("{} refused", request.request().path());
            // Vert.x closes the connection after a malformed body as soon as this method returns, and drops what is not
            // flushed
            Wire.of(request.request().connection()).flush();
        }
    }

    private static String textOf(int status) {
        return ERRORS.getOrDefault(status, HttpResponseStatus.valueOf(status).reasonPhrase() + ".");
    }

    /**
     * Answers a failure: a {@link Refusal} with its status and reason, an outage of Postgres with 503, anything else
     * with 500.
     */
    public static void fail(RoutingContext request, Throwable t) {
        if (t instanceof Refusal refusal) {
            error(request.response(), refusal.status(), refusal.getMessage());
        } else if (Outage.isUnavailable(t)) {
            of(LOG.atDebug(), request.response()).setCause(t).log("a request met an outage");
            error(request.response(), 503, UNAVAILABLE);
        } else {
            if (!(t instanceof Faults.SimulatedFailure)) {
                of(LOG.atError(), request.response())
                        .setCause(t)
                        .log(
                                "{} {} failed",
                                request.request().method(),
                                request.request().path());
            }
            error(request.response(), 500, INTERNAL);
        }
    }

    /**
     * Answers a request whose path exists, but not for this method.
     *
     * @param allowed the methods that the path has, separated by commas
     */
    public static void otherMethods(RoutingContext request, String allowed) {
        request.response().putHeader("Allow", allowed + ", OPTIONS");
        if (request.request().method() == HttpMethod.OPTIONS) {
            var response = request.response().setStatusCode(204);
            response.end().onFailure(t -> unsent(response, t));
        } else {
            error(request.response(), 405, textOf(405));
        }
    }

    /** Answers a request that is not valid HTTP, and closes its connection. Such a request never reaches a route. */
    public static void unreadable(HttpServerRequest request) {
        var cause = request.decoderResult().cause();
        if (cause instanceof Refusal refusal) {
            hangUp(request, refusal.status());
        } else if (cause instanceof TooLongHttpLineException) {
            hangUp(request, 414);
        } else {
            hangUp(request, cause instanceof TooLongHttpHeaderException ? 431 : 400);
        }
    }

    /**
     * Answers with this error, unless the response has begun, and closes the connection: the rest of what the client
     * sends cannot be read as a request.
     */
    public static void hangUp(HttpServerRequest request, int status) {
        var connection = request.connection();
        if (request.response().headWritten()) {
            connection.close().onFailure(t -> unsent(request.response(), t));
            return;
        }
        error(request.response().putHeader("Connection", "close"), status, textOf(status))
                .onComplete(ignored -> connection.close());
    }

    /** Does nothing if the client has gone or the response has begun. */
    private static Future<Void> error(HttpServerResponse response, int status, String message) {
        if (response.headWritten() || response.closed()) {
            return Future.succeededFuture();
        }
        if (status == 503) {
            response.putHeader("Retry-After", "1");
        }
        return json(
                response.setStatusCode(status),
                new JsonObject().put("error", message).encode());
    }

    private static void unsent(HttpServerResponse response, Throwable t) {
        of(LOG.atDebug(), response).setCause(t).log("an answer could not be sent");
    }

    /** Adds the ID of the request to a line of the log. */
    private static LoggingEventBuilder of(LoggingEventBuilder line, HttpServerResponse response) {
        return line.addKeyValue("request", RequestId.of(response));
    }
}
