package rocketrides.http;

import io.vertx.core.Handler;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.StaticHandler;

/** Files from the jar. A browser keeps them, but asks before each use whether they have changed. */
public final class StaticFiles {
    private StaticFiles() {}

    /**
     * Serves the files of a directory of the class path, and answers 404 for any other name.
     *
     * @param path {@code /} for the directory's {@code index.html} only, or one that ends with {@code /*}
     * @param headers adds headers of its own, and calls {@code next()}
     */
    public static void serve(Router router, String path, String directory, Handler<RoutingContext> headers) {
        router.get(path)
                .method(HttpMethod.HEAD)
                .handler(StaticFiles::refuseEscapes)
                .handler(headers)
                .handler(StaticHandler.create(directory).setDefaultContentEncoding("utf-8"));
        router.get(path).method(HttpMethod.HEAD).handler(request -> request.fail(404));
        router.route(path).handler(request -> Answers.otherMethods(request, "GET, HEAD"));
    }

    /** No file has a name that needs them, and the static handler throws at some, such as {@code %2e%2e%2f}. */
    private static void refuseEscapes(RoutingContext request) {
        if (request.request().path().indexOf('%') >= 0) {
            request.fail(404);
            return;
        }
        request.response().putHeader("Cache-Control", "no-cache").putHeader("X-Content-Type-Options", "nosniff");
        request.next();
    }
}
