package rocketrides.api;

import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.sqlclient.Pool;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import rocketrides.config.Settings;
import rocketrides.http.Answers;
import rocketrides.http.RequestId;
import rocketrides.rides.ExpiredKeys;
import rocketrides.rides.RideReader;
import rocketrides.rides.RideRoutes;
import rocketrides.rides.RideWriter;
import rocketrides.runtime.Faults;
import rocketrides.runtime.Poller;
import rocketrides.status.StatusReader;

/**
 * Books rides over HTTP. A 201 means that the ride and its staged record are committed; any other answer but a 503 that
 * this request made no ride. A 503 says that Postgres was away or too busy, and the ride may or may not have been
 * written: who asked with an idempotency key asks again with the same.
 *
 * <p>Several instances share one port. Stopping refuses new requests and waits for those under way. A live stream would
 * keep it waiting: its handler has to end the response when {@code request.connection().shutdownHandler} calls.
 */
public final class ApiVerticle extends VerticleBase {
    private static final int DRAIN_SECONDS = 10;

    private final String role;
    private final Settings.Api settings;
    private final Pool pool;
    private final StatusReader status;
    private final Faults faults;
    private final List<Consumer<Router>> more;

    private Connections connections;
    private Poller expiry;
    private HttpServer server;

    /**
     * @param role this instance's name, for example {@code api0}
     * @param more what else is served on the port: adds its routes, on this instance's context
     */
    public ApiVerticle(
            String role,
            Settings.Api settings,
            Pool pool,
            StatusReader status,
            Faults faults,
            List<Consumer<Router>> more) {
        this.role = role;
        this.settings = settings;
        this.pool = pool;
        this.status = status;
        this.faults = faults;
        this.more = more;
    }

    @Override
    public Future<?> start() {
        var options = new HttpServerOptions()
                .setMaxHeaderSize(settings.maxHeader())
                .setHttp2ClearTextEnabled(false)
                .setTcpKeepAlive(true);
        connections = new Connections(vertx, options, settings.maxConnections(), settings.idleTimeout());
        expiry = new Poller(
                vertx, role + " (expired keys)", new ExpiredKeys(pool, settings.idempotencyRetention())::runOnce);
        return vertx.createHttpServer(options)
                .connectionHandler(connections::admit)
                .requestHandler(routes())
                .invalidRequestHandler(Answers::unreadable)
                .listen(settings.port(), settings.host())
                .onSuccess(this::listening)
                .recover(t -> Future.failedFuture(ListenAddress.refused(role, settings, t)));
    }

    private void listening(HttpServer listening) {
        server = listening;
        connections.start();
        expiry.start();
    }

    @Override
    public Future<?> stop() {
        if (server == null) {
            return Future.succeededFuture();
        }
        connections.stop();
        return Future.join(server.shutdown(DRAIN_SECONDS, TimeUnit.SECONDS), expiry.stop());
    }

    /** Where it listens: not the configured port when that is 0. */
    public int port() {
        return server.actualPort();
    }

    private Router routes() {
        var router = Router.router(vertx);
        Answers.errorsOf(router);
        router.route().handler(connections::begin);
        router.route().handler(RequestId::assign);
        new RideRoutes(new RideWriter(vertx, pool, faults, role), new RideReader(pool), settings.maxBody())
                .addTo(router);
        router.get("/status").method(HttpMethod.HEAD).handler(this::status);
        router.route("/status").handler(request -> Answers.otherMethods(request, "GET, HEAD"));
        Documentation.addTo(router);
        more.forEach(routes -> routes.accept(router));
        return router;
    }

    private void status(RoutingContext request) {
        status.read()
                .onSuccess(status ->
                        Answers.json(request.response(), status.toJson().encode()))
                .onFailure(t -> Answers.fail(request, t));
    }
}
