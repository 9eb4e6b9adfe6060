package rocketrides.dashboard;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import rocketrides.config.Settings;
import rocketrides.http.Answers;
import rocketrides.http.Refusal;
import rocketrides.http.StaticFiles;
import rocketrides.runtime.Faults;

/**
 * The page at {@code /}: its files, the stream of snapshots, and the controls. A Content-Security-Policy lets the
 * browser load nothing from other hosts. All API instances share this object; it is thread-safe. It links to
 * {@code /docs} if the application has added that route before.
 */
public final class Page implements Consumer<Router> {
    private static final int MAX_BROWSERS = 64;
    private static final String POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
            + " img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private final Vertx vertx;
    private final boolean controls;
    private final Parts parts;
    private final ChartHistory history = new ChartHistory();
    private final AtomicInteger browsers = new AtomicInteger();
    private volatile boolean docs;

    /** The roles that this process takes part in, by name. Only these receive orders. */
    public record Own(List<String> streamers, List<String> consumers, int simulators) {}

    /**
     * The parts of this process that the page shows and controls.
     *
     * @param own may change
     * @param failureRates the rates that the roles use; the page changes them
     * @param owns whether this process owns the streamer or consumer of that name now; otherwise another process may
     * @param faults the roles that do not work, by name, with the reason in one word
     * @param flush deletes the stream
     */
    public record Parts(
            Supplier<Own> own,
            Predicate<String> owns,
            Map<Faults.Point, Double> failureRates,
            Supplier<Map<String, String>> faults,
            Supplier<Future<Void>> flush) {}

    public Page(Vertx vertx, Settings.Dashboard settings, Settings.Api api, Parts parts) {
        this.vertx = vertx;
        this.controls = settings.controls() && isLoopback(api.host());
        this.parts = parts;
    }

    private JsonArray owned(List<String> roles) {
        return new JsonArray(roles.stream().filter(parts.owns()).toList());
    }

    private static boolean isLoopback(String host) {
        return host.equals("localhost") || host.matches("127(\\.\\d+){3}") || host.matches("(0*:)+0*1");
    }

    @Override
    public void accept(Router router) {
        docs = router.getRoutes().stream().anyMatch(route -> "/docs".equals(route.getPath()));
        router.get("/dashboard/events").handler(this::watch);
        router.route("/dashboard/events").handler(request -> Answers.otherMethods(request, "GET"));
        if (controls) {
            new Controls(vertx, parts).addTo(router);
        }
        router.route("/dashboard/controls/*").handler(request -> request.fail(404));
        StaticFiles.serve(router, "/", "dashboard", Page::restrict);
        StaticFiles.serve(router, "/dashboard/*", "dashboard", Page::restrict);
    }

    private static void restrict(RoutingContext request) {
        request.response().putHeader("Content-Security-Policy", POLICY).putHeader("Referrer-Policy", "no-referrer");
        request.next();
    }

    private void watch(RoutingContext request) {
        if (browsers.incrementAndGet() <= MAX_BROWSERS) {
            Browser.watch(
                    vertx, request.request(), history.toJson().encode(), browsers::decrementAndGet, Browser.PATIENCE);
        } else {
            browsers.decrementAndGet();
            request.response().putHeader("Retry-After", "2");
            Answers.fail(request, new Refusal(503, "Too many browsers are watching. Please try again."));
        }
    }

    boolean watched() {
        return browsers.get() > 0;
    }

    ChartHistory history() {
        return history;
    }

    Map<String, String> faults() {
        return parts.faults().get();
    }

    JsonObject describe(JsonObject snapshot) {
        var rates = new JsonObject();
        for (var point : Faults.Point.values()) {
            rates.put(point.toString(), parts.failureRates().getOrDefault(point, 0.0));
        }
        var roles = parts.own().get();
        var own = new JsonObject()
                .put("streamers", owned(roles.streamers()))
                .put("consumers", owned(roles.consumers()))
                .put("simulators", roles.simulators())
                .put("docs", docs);
        return snapshot.put("controls", controls).put("failures", rates).put("own", own);
    }
}
