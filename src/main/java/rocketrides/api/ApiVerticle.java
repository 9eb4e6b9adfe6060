package rocketrides.api;

import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.ext.web.Router;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import rocketrides.config.Settings;
import rocketrides.http.Answers;
import rocketrides.http.RequestId;

/**
 * The HTTP server: its limits, its routers, its error responses. The routes come from the caller.
 *
 * <p>Several instances share one port. {@link #stop} refuses new requests and waits up to {@value #DRAIN_SECONDS} s for
 * those in progress. A live stream would use up this time, so its handler must end the response when
 * {@code request.connection().shutdownHandler} is called.
 */
public final class ApiVerticle extends VerticleBase {
    private static final int DRAIN_SECONDS = 10;

    private final Settings.Api settings;
    private final List<Consumer<Router>> routes;

    private HttpServer server;

    /**
     * {@code routes}: each adds its routes to the router. They are called in this order, on this instance's context.
     */
    public ApiVerticle(Settings.Api settings, List<Consumer<Router>> routes) {
        this.settings = settings;
        this.routes = routes;
    }

    @Override
    public Future<?> start() {
        var options = new HttpServerOptions()
                .setMaxHeaderSize(settings.maxHeader())
                .setHttp2ClearTextEnabled(false)
                .setTcpKeepAlive(true);
        var connections = new Connections(vertx, settings);
        return vertx.createHttpServer(options)
                .connectionHandler(connections::admit)
                .requestHandler(router(connections))
                .invalidRequestHandler(Answers::unreadable)
                .listen(settings.port(), settings.host())
                .onSuccess(listening -> server = listening)
                .recover(t -> Future.failedFuture(ListenAddress.refused(settings, t)));
    }

    @Override
    public Future<?> stop() {
        return server == null ? Future.succeededFuture() : server.shutdown(DRAIN_SECONDS, TimeUnit.SECONDS);
    }

    /** The port it listens on. Differs from the configured port if that is 0. */
    public int port() {
        return server.actualPort();
    }

    private Router router(Connections connections) {
        var router = Router.router(vertx);
        Answers.errorsOf(router);
        router.route().handler(connections::begin);
        router.route().handler(RequestId::assign);
        routes.forEach(each -> each.accept(router));
        return router;
    }
}
