package rocketrides.dashboard;

import io.vertx.core.Vertx;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.function.Consumer;
import rocketrides.http.Answers;
import rocketrides.http.Refusal;
import rocketrides.http.StaticFiles;

/**
 * The page at {@code /}: its files, from the jar, and the stream of snapshots. Nothing on it comes from elsewhere, and the
 * browser is told to hold it to that.
 */
public final class DashboardRoutes implements Consumer<Router> {
    private static final String POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
            + " img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private final Vertx vertx;
    private final PageState page;

    public DashboardRoutes(Vertx vertx, PageState page) {
        this.vertx = vertx;
        this.page = page;
    }

    @Override
    public void accept(Router router) {
        router.get("/dashboard/events").handler(this::watch);
        router.route("/dashboard/events").handler(request -> Answers.otherMethods(request, "GET"));
        if (page.controls()) {
            new Controls(vertx, page).accept(router);
        }
        router.route("/dashboard/controls/*").handler(request -> request.fail(404));
        StaticFiles.serve(router, "/", "dashboard", DashboardRoutes::restrict);
        StaticFiles.serve(router, "/dashboard/*", "dashboard", DashboardRoutes::restrict);
    }

    private static void restrict(RoutingContext request) {
        request.response().putHeader("Content-Security-Policy", POLICY).putHeader("Referrer-Policy", "no-referrer");
        request.next();
    }

    private void watch(RoutingContext request) {
        if (page.enter()) {
            Browser.watch(vertx, request.request(), page::leave);
        } else {
            request.response().putHeader("Retry-After", "2");
            Answers.fail(request, new Refusal(503, "Too many browsers are watching. Please try again."));
        }
    }
}
