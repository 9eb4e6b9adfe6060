package rocketrides.rides;

import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;
import io.vertx.sqlclient.Pool;
import java.math.RoundingMode;
import rocketrides.http.Answers;
import rocketrides.http.BodyType;
import rocketrides.http.Refusal;
import rocketrides.log.Traceparent;

/** The HTTP routes for rides: book one, read one, list them page by page. */
public final class RideRoutes {
    private static final Refusal UNKNOWN_TYPE =
            new Refusal(415, "The body must be application/json or application/x-www-form-urlencoded, in UTF-8.");

    private final RideWriter writer;
    private final Pool pool;
    private final int maxBody;

    /** {@code pool}: to read rides. {@code maxBody}: in bytes. */
    public RideRoutes(RideWriter writer, Pool pool, int maxBody) {
        this.writer = writer;
        this.pool = pool;
        this.maxBody = maxBody;
    }

    public void addTo(Router router) {
        router.post("/rides").handler(this::requireKnownType);
        router.post("/rides").handler(BodyHandler.create(false).setBodyLimit(maxBody));
        router.post("/rides").handler(this::book);
        router.get("/rides").method(HttpMethod.HEAD).handler(this::list);
        router.get("/rides/:id").method(HttpMethod.HEAD).handler(this::find);
        router.route("/rides").handler(request -> Answers.otherMethods(request, "GET, HEAD, POST"));
        router.route("/rides/:id").handler(request -> Answers.otherMethods(request, "GET, HEAD"));
    }

    /** Called before the body is read. A request without a body needs no type. */
    private void requireKnownType(RoutingContext request) {
        if (BodyType.of(request.request().getHeader("Content-Type")) == BodyType.OTHER) {
            throw UNKNOWN_TYPE;
        }
        var coding = request.request().getHeader("Content-Encoding");
        if (coding != null && !coding.equalsIgnoreCase("identity")) {
            throw new Refusal(415, "The body must be sent as it is, without a Content-Encoding.");
        }
        request.next();
    }

    private void book(RoutingContext request) {
        var key = IdempotencyKey.of(request.request().headers().getAll(IdempotencyKey.HEADER));
        var ride = rideOf(request);
        writer.write(ride, key, request.get(Traceparent.FIELD))
                .onSuccess(booked -> booked(request, ride, booked))
                .onFailure(t -> Answers.fail(request, t));
    }

    private static RideRequest rideOf(RoutingContext request) {
        var type = BodyType.of(request.request().getHeader("Content-Type"));
        if (type == BodyType.FORM) {
            return RideRequest.fromForm(request.request().formAttributes());
        }
        var body = request.body().buffer();
        if (type == BodyType.NONE && body != null && body.length() > 0) {
            throw UNKNOWN_TYPE;
        }
        return RideRequest.fromJson(body);
    }

    /** The first response and a repeated one are the same, except for a header. */
    private static void booked(RoutingContext request, RideRequest ride, RideWriter.Booked booked) {
        var rounded = ride.distance().setScale(1, RoundingMode.HALF_UP);
        var response = request.response().setStatusCode(201).putHeader("Location", "/rides/" + booked.id());
        if (booked.replayed()) {
            response.putHeader("Idempotent-Replayed", "true");
        }
        Answers.json(
                response,
                "{\"message\": \"Payment accepted. Your pilot is on their way! distance=" + rounded + "m\", \"id\": "
                        + booked.id() + "}");
    }

    private void find(RoutingContext request) {
        RideReader.find(pool, request.pathParam("id"))
                .onSuccess(ride -> Answers.json(request.response(), ride.encode()))
                .onFailure(t -> Answers.fail(request, t));
    }

    private void list(RoutingContext request) {
        RideReader.list(pool, RidePage.of(request.queryParams()))
                .onSuccess(page -> Answers.json(request.response(), page.encode()))
                .onFailure(t -> Answers.fail(request, t));
    }
}
