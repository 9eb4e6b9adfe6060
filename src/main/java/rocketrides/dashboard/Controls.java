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
import java.util.EnumMap;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import rocketrides.dashboard.Ordered.Harm;
import rocketrides.http.Answers;
import rocketrides.http.Refusal;
import rocketrides.runtime.Events;
import rocketrides.runtime.Faults;

/**
 * The controls of the page, with which a person injects failures. Each is a POST of a JSON object, and becomes an event
 * for the roles of this process. A 204 means that the event was sent, not that it has had an effect. Only the page
 * itself may use the controls. So the Host header must be a loopback name, or another site could point its own name at
 * this server (DNS rebinding). And the request must not come from another origin.
 */
final class Controls {
    private static final int MAX_BODY_BYTES = 1024;
    private static final double MAX_PACE = 10_000;
    private static final Pattern LOOPBACK = Pattern.compile("(localhost|127(\\.\\d{1,3}){3}|\\[::1\\])(:\\d{1,5})?");

    private final Vertx vertx;
    private final Page.Parts parts;

    Controls(Vertx vertx, Page.Parts parts) {
        this.vertx = vertx;
        this.parts = parts;
    }

    void addTo(Router router) {
        post(router, "failures", this::setFailures);
        post(router, "flush", this::flush);
        post(router, "crash", this::crash);
        post(router, "pause", this::pause);
        post(router, "pace", this::pace);
    }

    /** {@code order} fails with a {@link Refusal}, or throws one. */
    private void post(Router router, String name, Function<JsonObject, Future<Void>> order) {
        var path = "/dashboard/controls/" + name;
        router.post(path).handler(Controls::requireOwnPage);
        router.post(path).handler(BodyHandler.create(false).setBodyLimit(MAX_BODY_BYTES));
        router.post(path).handler(request -> order.apply(body(request))
                .onSuccess(given -> request.response().setStatusCode(204).end())
                .onFailure(t -> Answers.fail(request, t)));
        router.route(path).handler(request -> Answers.otherMethods(request, "POST"));
    }

    private static void requireOwnPage(RoutingContext request) {
        var headers = request.request().headers();
        var host = Objects.requireNonNullElse(headers.get(HttpHeaders.HOST), "");
        var origin = headers.get(HttpHeaders.ORIGIN);
        var type = Objects.requireNonNullElse(headers.get(HttpHeaders.CONTENT_TYPE), "");
        if (!LOOPBACK.matcher(host).matches() || origin != null && !origin.equals("http://" + host)) {
            throw new Refusal(403, "Only the page on this machine may do that.");
        }
        if (!type.split(";")[0].strip().equalsIgnoreCase("application/json")) {
            throw new Refusal(415, "The body must be application/json.");
        }
        request.next();
    }

    private static JsonObject body(RoutingContext request) {
        try {
            return new JsonObject(request.body().buffer());
        } catch (DecodeException | ClassCastException | NullPointerException e) {
            throw new Refusal(422, "The body must be a JSON object.");
        }
    }

    /** {@code {"streamer-after-publish": 0.5, …}}. Sets all rates or none. */
    private Future<Void> setFailures(JsonObject body) {
        var rates = new EnumMap<Faults.Point, Double>(Faults.Point.class);
        for (var point : Faults.Point.values()) {
            if (body.containsKey(point.toString())) {
                requireOwn(point);
                rates.put(point, number(body, point.toString(), 1));
            }
        }
        if (rates.isEmpty() || rates.size() != body.size()) {
            throw new Refusal(422, "Allowed: " + Arrays.toString(Faults.Point.values()) + ".");
        }
        rates.forEach((point, rate) -> {
            var text = "set " + point + " to " + Math.round(rate * 100) + " %";
            Events.publish(vertx, new Ordered(text, Harm.FAILURES, point.toString(), rate == 0));
        });
        parts.failureRates().putAll(rates);
        return Future.succeededFuture();
    }

    private void requireOwn(Faults.Point point) {
        boolean runs =
                switch (point) {
                    case STREAMER_AFTER_PUBLISH -> !own().streamers().isEmpty();
                    case CONSUMER_BEFORE_SAVE -> !own().consumers().isEmpty();
                    case API_BEFORE_COMMIT -> true;
                };
        if (!runs) {
            throw new Refusal(422, "\"" + point + "\" belongs to a role that does not run in this process.");
        }
    }

    private Future<Void> flush(JsonObject body) {
        return parts.flush()
                .get()
                .recover(t -> Future.failedFuture(
                        new Refusal(503, "Redis cannot be reached, or this user may not delete the stream.")))
                .onSuccess(deleted ->
                        Events.publish(vertx, new Ordered("deleted the stream", Harm.STREAM_DELETED, null, false)));
    }

    private Page.Own own() {
        return parts.own().get();
    }

    /** {@code {"role": "streamer0"}} or {@code {"role": "consumer0"}}, with several partitions {@code consumer0/3}. */
    private Future<Void> crash(JsonObject body) {
        var roles = Stream.concat(own().streamers().stream(), own().consumers().stream());
        var role = role(body, roles.toList());
        if ("paused".equals(parts.faults().get().get(role))) {
            throw new Refusal(422, role + " is paused, so there is nothing to crash.");
        }
        var harm = own().streamers().contains(role) ? Harm.STREAMER_CRASHED : Harm.CONSUMER_CRASHED;
        return give(new Ordered("crashed " + role, harm, role, false), new Events.Crash(role));
    }

    /** {@code {"role": "consumer0", "paused": true}}. */
    private Future<Void> pause(JsonObject body) {
        var role = role(body, own().consumers());
        if (!(body.getValue("paused") instanceof Boolean paused)) {
            throw new Refusal(422, "\"paused\" must be true or false.");
        }
        var order = new Ordered((paused ? "paused " : "resumed ") + role, Harm.CONSUMER_PAUSED, role, !paused);
        return give(order, new Events.Pause(role, paused));
    }

    /** {@code {"per_second": 50}}. */
    private Future<Void> pace(JsonObject body) {
        var pace = number(body, "per_second", MAX_PACE);
        if (own().simulators() == 0) {
            throw new Refusal(422, "No simulator runs in this process.");
        }
        var order = new Ordered("asked for " + body.getValue("per_second") + " requests/s", null, null, false);
        return give(order, new Events.Pace(pace));
    }

    private Future<Void> give(Ordered order, Record event) {
        Events.publish(vertx, order);
        Events.publish(vertx, event);
        return Future.succeededFuture();
    }

    private String role(JsonObject body, List<String> allowed) {
        if (body.getValue("role") instanceof String role && allowed.contains(role)) {
            if (parts.owns().test(role)) {
                return role;
            }
            throw new Refusal(
                    409,
                    role + " runs in another process, or in none: the command members shows where. Use the page of that"
                            + " process.");
        }
        throw new Refusal(422, "\"role\" must be one that runs in this process: " + String.join(", ", allowed) + ".");
    }

    private static double number(JsonObject body, String name, double max) {
        if (body.getValue(name) instanceof Number number && number.doubleValue() >= 0 && number.doubleValue() <= max) {
            return number.doubleValue();
        }
        throw new Refusal(422, "\"" + name + "\" must be a number from 0 to " + max + ".");
    }
}
