package rocketrides;

import io.vertx.core.Deployable;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import rocketrides.api.ApiVerticle;
import rocketrides.config.Settings;
import rocketrides.operations.Metrics;
import rocketrides.servers.EmbeddedServers;
import rocketrides.servers.Postgres;
import rocketrides.servers.RedisClient;
import rocketrides.tracing.Tracing;

/**
 * One process: brings up what the settings ask for, servers first and producers last, and takes it down in reverse. A
 * stop that comes in the middle of the start undoes what there is.
 */
public final class Application {
    private static final Logger LOG = LoggerFactory.getLogger("rocket-rides");
    private static final long STEP_SECONDS = 15;

    private final Settings settings;
    private final Metrics metrics = new Metrics();
    private final Deque<Runnable> undo = new ArrayDeque<>();
    private boolean stopping;
    private Vertx vertx;
    private ApiVerticle api;

    /** Null if nothing is traced: then none of its classes is loaded. */
    private Tracing tracing;

    public Application(Settings settings) {
        this.settings = settings;
    }

    /**
     * Returns when everything is up. Waits for a Postgres that is away; goes on without a Redis that is away.
     *
     * @throws Exception if something cannot come up, or if {@link #stop} came first; {@link #stop} cleans up either way
     */
    public void start() throws Exception {
        var uris = startServers();
        startTracing();
        vertx = metrics.measured(new VertxOptions().setPreferNativeTransport(true))
                .build();
        onStop(() -> await(vertx.close()));
        Events.register(vertx);
        var postgres = new Postgres(
                vertx,
                uris.postgres(),
                settings.postgres().caFile(),
                settings.postgres().poolSize(),
                settings.streamer().instances());
        onStop(() -> await(postgres.close()));
        postgres.ready().await();
        var redis = new RedisClient(vertx, uris.redis(), settings.redis().caFile());
        LOG.info("postgres {}, redis {}", postgres.address(), redis.address());
        deploy(new Roles(settings, vertx, new Roles.Servers(postgres, redis), metrics, tracing));
    }

    private void deploy(Roles roles) {
        deploy(roles.operations());
        roles.streamers().forEach(this::deploy);
        deploy(roles.consumers());
        for (var instance : roles.apis()) {
            api = instance;
            deploy(api);
        }
        if (api != null) {
            deploy(roles.dashboard());
        }
        deploy(roles.console());
        deploy(roles.audit());
        announce(roles);
        roles.simulators(api == null ? settings.api().port() : api.port()).forEach(this::deploy);
    }

    private void announce(Roles roles) {
        if (api != null) {
            LOG.info(
                    "api {}× at http://{}:{}",
                    settings.api().instances(),
                    settings.api().host(),
                    api.port());
        }
        roles.announce();
    }

    /** Takes everything down, the producers first; returns when it is down. May be called at any time, and twice. */
    public void stop() {
        synchronized (undo) {
            stopping = true;
        }
        for (var step = nextUndo(); step != null; step = nextUndo()) {
            try {
                step.run();
            } catch (RuntimeException e) {
                LOG.warn("while stopping: {}", e.toString());
            }
        }
    }

    /** Where the api listens; not the configured port if that is 0. */
    public int port() {
        return api.port();
    }

    private record Uris(String postgres, String redis) {}

    private Uris startServers() {
        if (!settings.postgres().embedded() && !settings.redis().embedded()) {
            return new Uris(settings.postgres().uri(), settings.redis().uri());
        }
        var servers = new EmbeddedServers(
                settings.embedded().dataDir(),
                settings.postgres().embedded(),
                settings.redis().embedded());
        onStop(servers::stop);
        LOG.info(
                "starting the embedded servers, data in {}", settings.embedded().dataDir());
        var started = servers.start();
        return new Uris(
                started.postgres().orElse(settings.postgres().uri()),
                started.redis().orElse(settings.redis().uri()));
    }

    /** Before all that is traced, so that it is closed after it. */
    private void startTracing() {
        settings.tracing().endpoint().ifPresent(endpoint -> {
            tracing = new Tracing(endpoint, settings.tracing().sample(), settings.log().stream());
            onStop(tracing::close);
            LOG.info("traces of {} of the requests go to {}", settings.tracing().sample(), endpoint);
        });
    }

    private void deploy(Deployable verticle) {
        var id = await(vertx.deployVerticle(verticle, new DeploymentOptions()));
        onStop(() -> await(vertx.undeploy(id)));
    }

    private static <T> T await(Future<T> future) {
        try {
            return future.await(STEP_SECONDS, TimeUnit.SECONDS);
        } catch (java.util.concurrent.TimeoutException e) {
            throw new IllegalStateException("not done after " + STEP_SECONDS + " s", e);
        }
    }

    /** What undoes the step of the start that has just been made, or is just about to be. */
    private void onStop(Runnable step) {
        synchronized (undo) {
            if (!stopping) {
                undo.push(step);
                return;
            }
        }
        step.run();
        throw new IllegalStateException("stopped while starting");
    }

    private Runnable nextUndo() {
        synchronized (undo) {
            return undo.poll();
        }
    }
}
