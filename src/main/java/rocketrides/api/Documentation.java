package rocketrides.api;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.io.IOException;
import java.io.UncheckedIOException;
import rocketrides.http.Answers;
import rocketrides.http.StaticFiles;

/** Serves the application's OpenAPI document at {@code /openapi.yaml}, and a page that renders it at {@code /docs}. */
public final class Documentation {
    private static final String WEBJAR = "META-INF/resources/webjars/swagger-ui/5.34.1";
    private static final String ONLY_US =
            "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'";

    private Documentation() {}

    /** {@code document}: the name of a resource on the class path. */
    public static void addTo(Router router, String document) {
        serve(router, "/openapi.yaml", "application/yaml", document);
        serve(router, "/docs", "text/html; charset=utf-8", "/rocketrides/docs/index.html");
        serve(router, "/docs/start.js", "text/javascript; charset=utf-8", "/rocketrides/docs/start.js");
        StaticFiles.serve(router, "/docs/*", WEBJAR, RoutingContext::next);
    }

    private static void serve(Router router, String path, String type, String resource) {
        var body = read(resource);
        router.get(path).method(HttpMethod.HEAD).handler(request -> {
            request.response()
                    .putHeader("Content-Security-Policy", ONLY_US)
                    .putHeader("X-Content-Type-Options", "nosniff");
            Answers.send(request.response(), type, body);
        });
        router.route(path).handler(request -> Answers.otherMethods(request, "GET, HEAD"));
    }

    private static Buffer read(String resource) {
        try (var in = Documentation.class.getResourceAsStream(resource)) {
            return Buffer.buffer(in.readAllBytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
