package rocketrides.api;

import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;
import rocketrides.Faults;
import rocketrides.servers.Outage;

/** What is answered: always JSON, an error always {@code {"error": "…"}}, and nothing internal in it. */
final class Answers {
    private static final Logger LOG = LoggerFactory.getLogger("api");
    private static final String INTERNAL = "Something went wrong on our side.";
    private static final String UNAVAILABLE = "Rides cannot be booked right now. Please try again.";

    private static final Map<Integer, String> ERRORS = Map.of(
            400, "The request is malformed.",
            404, "There is nothing here.",
            405, "This method is not allowed here.",
            408, "The request took too long to arrive.",
            413, "The body is too large.",
            414, "The request line is too long.",
            431, "The headers are too large.",
            500, INTERNAL);

    private Answers() {}

    static void json(HttpServerResponse response, String body) {
        send(response, "application/json", Buffer.buffer(body));
    }

    /** The length is given by us because Vert.x would not give it to a HEAD. */
    static void send(HttpServerResponse response, String type, Buffer body) {
        response.putHeader("Content-Type", type)
                .putHeader("Content-Length", Integer.toString(body.length()))
                .end(body)
                .onFailure(t -> unsent(response, t));
    }

    /** Answers what the router and its handlers refuse, or what a handler throws, in the form of every other error. */
    static void errorsOf(Router router) {
        ERRORS.keySet()
                .forEach(status -> router.errorHandler(status, request -> {
                    if (request.failure() == null) {
                        error(request.response().setStatusCode(status), ERRORS.get(status));
                    } else if (status == 500) {
                        fail(request, request.failure());
                    } else {
                        of(LOG.atDebug(), request.response())
                                .setCause(request.failure())
                                .log("{} refused", request.request().path());
                        error(request.response().setStatusCode(status), ERRORS.get(status));
                    }
                }));
    }

    /** Answers what failed: the client's fault with its reason, an outage with a 503, and all else with a 500. */
    static void fail(RoutingContext request, Throwable t) {
        if (t instanceof Refusal refusal) {
            refuse(request, refusal);
        } else if (t instanceof RideWriter.QueueFull || Outage.isUnavailable(t)) {
            of(LOG.atDebug(), request.response()).setCause(t).log("a request met an outage");
            error(request.response().setStatusCode(503).putHeader("Retry-After", "1"), UNAVAILABLE);
        } else {
            if (!(t instanceof Faults.SimulatedFailure)) {
                of(LOG.atError(), request.response())
                        .setCause(t)
                        .log(
                                "{} {} failed",
                                request.request().method(),
                                request.request().path());
            }
            error(request.response().setStatusCode(500), INTERNAL);
        }
    }

    static void refuse(RoutingContext request, Refusal refusal) {
        error(request.response().setStatusCode(refusal.status()), refusal.getMessage());
    }

    /** What a path says to the methods that it has no handler for; {@code allowed}: those that it has. */
    static void otherMethods(RoutingContext request, String allowed) {
        request.response().putHeader("Allow", allowed + ", OPTIONS");
        if (request.request().method() == HttpMethod.OPTIONS) {
            var response = request.response().setStatusCode(204);
            response.end().onFailure(t -> unsent(response, t));
        } else {
            error(request.response().setStatusCode(405), ERRORS.get(405));
        }
    }

    /** What is not HTTP as we understand it never reaches a route; the connection cannot be used any further. */
    static void unreadable(HttpServerRequest request) {
        var cause = request.decoderResult().cause();
        var status = cause instanceof TooLongHttpLineException
                ? 414
                : cause instanceof TooLongHttpHeaderException ? 431 : 400;
        hangUp(request, status);
    }

    /** Answers, unless it is answered, and closes the connection, which is in no state to be used any further. */
    static void hangUp(HttpServerRequest request, int status) {
        var connection = request.connection();
        if (request.response().headWritten()) {
            connection.close().onFailure(t -> unsent(request.response(), t));
            return;
        }
        request.response()
                .setStatusCode(status)
                .putHeader("Content-Type", "application/json")
                .putHeader("Connection", "close")
                .end(new JsonObject().put("error", ERRORS.get(status)).encode())
                .onComplete(ignored -> connection.close());
    }

    private static void error(HttpServerResponse response, String message) {
        if (response.headWritten() || response.closed()) {
            return; // the client has gone, or has its answer already
        }
        json(response, new JsonObject().put("error", message).encode());
    }

    private static void unsent(HttpServerResponse response, Throwable t) {
        of(LOG.atDebug(), response).setCause(t).log("an answer could not be sent");
    }

    /** A line of the log that says which request it is about. */
    private static LoggingEventBuilder of(LoggingEventBuilder line, HttpServerResponse response) {
        return line.addKeyValue("request", RequestId.of(response));
    }
}
