package rocketrides.dashboard;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * The page at {@code /}: its files, from memory, and the stream of snapshots. Nothing on it comes from elsewhere, and the
 * browser is told to hold it to that.
 */
public final class DashboardRoutes implements Consumer<Router> {
    private static final String POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
            + " img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private static final List<String> FILES = List.of(
            "index.html",
            "page.css",
            "parts.css",
            "page.js",
            "charts.js",
            "controls.js",
            "dom.js",
            "flow.js",
            "rates.js",
            "tables.js",
            "verdict.js",
            "rocket.svg");

    private static final Map<String, String> TYPES = Map.of(
            "html", "text/html; charset=utf-8",
            "css", "text/css; charset=utf-8",
            "js", "text/javascript; charset=utf-8",
            "svg", "image/svg+xml");

    private final Vertx vertx;
    private final Board board;

    public DashboardRoutes(Vertx vertx, Board board) {
        this.vertx = vertx;
        this.board = board;
    }

    @Override
    public void accept(Router router) {
        FILES.forEach(name -> file(router, name));
        router.get("/dashboard/events").handler(this::watch);
        refuseOthers(router, "/dashboard/events", "GET");
        if (board.controls()) {
            new Controls(vertx, board).accept(router);
        }
    }

    private static void file(Router router, String name) {
        var content = read(name);
        var type = TYPES.get(name.substring(name.lastIndexOf('.') + 1));
        get(router, name.equals("index.html") ? "/" : "/dashboard/" + name, request -> request.response()
                .putHeader("Content-Type", type)
                .putHeader("Cache-Control", "no-cache")
                .putHeader("Content-Security-Policy", POLICY)
                .putHeader("X-Content-Type-Options", "nosniff")
                .putHeader("Referrer-Policy", "no-referrer")
                .end(content));
    }

    private static void get(Router router, String path, Consumer<RoutingContext> handler) {
        router.get(path).method(HttpMethod.HEAD).handler(handler::accept);
        refuseOthers(router, path, "GET, HEAD");
    }

    private static void refuseOthers(Router router, String path, String allowed) {
        router.route(path).handler(request -> refuse(request, 405, allowed, "This method is not allowed here."));
    }

    private void watch(RoutingContext request) {
        if (board.enter()) {
            Browser.watch(vertx, request.request(), board::leave);
        } else {
            refuse(request, 503, null, "Too many browsers are watching. Please try again.");
        }
    }

    /** In the form of the API's other errors. */
    static void refuse(RoutingContext request, int status, String allow, String reason) {
        var response = request.response().setStatusCode(status).putHeader("Content-Type", "application/json");
        if (allow != null) {
            response.putHeader("Allow", allow);
        }
        if (status == 503) {
            response.putHeader("Retry-After", "2");
        }
        response.end(new JsonObject().put("error", reason).encode());
    }

    private static Buffer read(String name) {
        try (var in = DashboardRoutes.class.getResourceAsStream("/dashboard/" + name)) {
            return Buffer.buffer(in.readAllBytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
