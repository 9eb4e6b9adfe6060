package rocketrides.dashboard;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import rocketrides.http.Answers;
import rocketrides.http.Refusal;
import rocketrides.runtime.Events;
import rocketrides.runtime.Faults;

/**
 * Breaks things on purpose, for a person at the page. Each order is a POST of a JSON object and becomes an event that the
 * roles of this process listen to; 204 says that it was given, not that it has had its effect. Only the page itself may
 * give orders: the name asked for must be a loopback one (or a page elsewhere could point its own name at us), and the
 * request must not come from a page of another origin.
 */
final class Controls implements Consumer<Router> {
    private static final int MAX_BODY_BYTES = 1024;
    private static final double MAX_PACE = 10_000;
    private static final Pattern LOOPBACK = Pattern.compile("(localhost|127(\\.\\d{1,3}){3}|\\[::1\\])(:\\d{1,5})?");

    private final Vertx vertx;
    private final PageState page;

    Controls(Vertx vertx, PageState page) {
        this.vertx = vertx;
        this.page = page;
    }

    @Override
    public void accept(Router router) {
        post(router, "failures", this::setFailures);
        post(router, "flush", this::flush);
        post(router, "crash", this::crash);
        post(router, "pause", this::pause);
        post(router, "pace", this::pace);
    }

    /** {@code order} completes with what to tell people. */
    private void post(Router router, String name, Function<JsonObject, Future<String>> order) {
        var path = "/dashboard/controls/" + name;
        router.post(path).handler(Controls::requireOwnPage);
        router.post(path).handler(BodyHandler.create(false).setBodyLimit(MAX_BODY_BYTES));
        router.post(path).handler(request -> Future.succeededFuture()
                .compose(ignored -> order.apply(body(request)))
                .onSuccess(told -> {
                    Events.publish(vertx, new Ordered(told));
                    request.response().setStatusCode(204).end();
                })
                .onFailure(t -> Answers.fail(
                        request, new Refusal(t instanceof IllegalArgumentException ? 422 : 503, t.getMessage()))));
        router.route(path).handler(request -> Answers.otherMethods(request, "POST"));
    }

    private static void requireOwnPage(RoutingContext request) {
        var headers = request.request().headers();
        var host = headers.contains(HttpHeaders.HOST) ? headers.get(HttpHeaders.HOST) : "";
        var origin = headers.get(HttpHeaders.ORIGIN);
        var type = headers.contains(HttpHeaders.CONTENT_TYPE) ? headers.get(HttpHeaders.CONTENT_TYPE) : "";
        if (!LOOPBACK.matcher(host).matches() || origin != null && !origin.equals("http://" + host)) {
            Answers.fail(request, new Refusal(403, "Only the page on this machine may do that."));
        } else if (!type.split(";")[0].strip().equalsIgnoreCase("application/json")) {
            Answers.fail(request, new Refusal(415, "The body must be application/json."));
        } else {
            request.next();
        }
    }

    private static JsonObject body(RoutingContext request) {
        try {
            return new JsonObject(request.body().buffer());
        } catch (DecodeException | ClassCastException | NullPointerException e) {
            throw new IllegalArgumentException("The body must be a JSON object.", e);
        }
    }

    /** {@code {"streamer-after-publish": 0.5, …}}. */
    private Future<String> setFailures(JsonObject body) {
        var points = Arrays.stream(Faults.Point.values())
                .filter(point -> body.containsKey(point.toString()))
                .toList();
        if (points.isEmpty() || points.size() != body.size()) {
            throw new IllegalArgumentException("Allowed: " + Arrays.toString(Faults.Point.values()) + ".");
        }
        points.forEach(this::requireOwn); // all or none
        points.forEach(point -> number(body, point.toString(), 1));
        points.forEach(point -> page.setFailureRate(point, number(body, point.toString(), 1)));
        return Future.succeededFuture(points.stream()
                .map(point -> "set " + point + " to " + Math.round(body.getDouble(point.toString()) * 100) + " %")
                .collect(Collectors.joining(", ")));
    }

    private void requireOwn(Faults.Point point) {
        var own = page.own();
        boolean runs =
                switch (point) {
                    case STREAMER_AFTER_PUBLISH -> !own.streamers().isEmpty();
                    case CONSUMER_BEFORE_SAVE -> !own.consumers().isEmpty();
                    case API_BEFORE_COMMIT -> true;
                };
        if (!runs) {
            throw new IllegalArgumentException("\"" + point + "\" is of a role that does not run in this process.");
        }
    }

    private Future<String> flush(JsonObject body) {
        return vertx.eventBus().request(DashboardVerticle.FLUSH, "").map("flushed Redis");
    }

    /** {@code {"role": "streamer0"}} or {@code {"role": "consumer0"}}. */
    private Future<String> crash(JsonObject body) {
        var own = page.own();
        var role = role(
                body,
                Stream.concat(own.streamers().stream(), own.consumers().stream())
                        .toList());
        if ("paused".equals(page.faults().get(role))) {
            throw new IllegalArgumentException(role + " is paused, so there is nothing to crash.");
        }
        Events.publish(vertx, new Events.Crash(role));
        return Future.succeededFuture("crashed " + role);
    }

    /** {@code {"role": "consumer0", "paused": true}}. */
    private Future<String> pause(JsonObject body) {
        var role = role(body, page.own().consumers());
        if (!(body.getValue("paused") instanceof Boolean paused)) {
            throw new IllegalArgumentException("\"paused\" must be true or false.");
        }
        Events.publish(vertx, new Events.Pause(role, paused));
        return Future.succeededFuture((paused ? "paused " : "resumed ") + role);
    }

    /** {@code {"per_second": 50}}. */
    private Future<String> pace(JsonObject body) {
        var pace = number(body, "per_second", MAX_PACE);
        if (page.own().simulators() == 0) {
            throw new IllegalArgumentException("No simulator runs in this process.");
        }
        Events.publish(vertx, new Events.Pace(pace));
        return Future.succeededFuture("asked for up to " + body.getValue("per_second") + " requests/s");
    }

    private static String role(JsonObject body, List<String> allowed) {
        if (body.getValue("role") instanceof String role && allowed.contains(role)) {
            return role;
        }
        throw new IllegalArgumentException(
                "\"role\" must be one that runs in this process: " + String.join(", ", allowed) + ".");
    }

    private static double number(JsonObject body, String name, double max) {
        if (body.getValue(name) instanceof Number number && number.doubleValue() >= 0 && number.doubleValue() <= max) {
            return number.doubleValue();
        }
        throw new IllegalArgumentException("\"" + name + "\" must be a number from 0 to " + max + ".");
    }
}
