package rocketrides.http;

import io.vertx.core.Handler;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.StaticHandler;

/** Serves files from the jar. A browser may cache them, but must revalidate them before each use. */
public final class StaticFiles {
    private StaticFiles() {}

    /**
     * Serves the files of a directory on the class path. Any other name gets 404.
     *
     * @param path {@code /} for {@code index.html} only, or a path that ends with {@code /*}
     * @param headers adds response headers, then calls {@code next()}
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

    /**
     * Answers 404 to a path with percent-encoding. No file needs it, and {@link StaticHandler} throws at some
     * encodings, for example {@code %2e%2e%2f}.
     */
    private static void refuseEscapes(RoutingContext request) {
        if (request.request().path().indexOf('%') >= 0) {
            request.fail(404);
            return;
        }
        request.response().putHeader("Cache-Control", "no-cache").putHeader("X-Content-Type-Options", "nosniff");
        request.next();
    }
}
