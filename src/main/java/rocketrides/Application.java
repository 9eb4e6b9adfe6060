package rocketrides;

import io.vertx.core.Deployable;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import rocketrides.api.ListenAddress;
import rocketrides.config.Settings;
import rocketrides.console.LastLine;
import rocketrides.embedded.EmbeddedServers;
import rocketrides.log.Layout;
import rocketrides.operations.Metrics;
import rocketrides.runtime.Events;
import rocketrides.runtime.Undeployment;
import rocketrides.runtime.Words;
import rocketrides.servers.LogTables;
import rocketrides.servers.Postgres;
import rocketrides.servers.RedisClient;
import rocketrides.servers.TcpKeepalive;
import rocketrides.tracing.Tracing;

/**
 * One process of a program. Starts what the settings ask for, servers first and producers last, and stops it in reverse
 * order. A stop during the start undoes what has been started.
 */
public final class Application {
    private static final Logger LOG = LoggerFactory.getLogger("rocket-rides");
    private static final Duration LOOK = Duration.ofSeconds(2);
    private static final Duration STEP = Duration.ofSeconds(15);
    /** Less than the 30 s after which Kubernetes kills a process. */
    private static final Duration STOP = Duration.ofSeconds(25);

    private final Program program;
    private final Settings settings;
    private final Metrics metrics = new Metrics();
    private final Teardown teardown = new Teardown(STOP);
    private final Semaphore starting = new Semaphore(1);
    private final AtomicReference<LastLine> lastLine = new AtomicReference<>();
    private final long begun = System.nanoTime();
    private Vertx vertx;
    private Roles roles;

    /** Null if tracing is off: its classes are then never loaded. */
    private Tracing tracing;

    Application(Program program, Settings settings) {
        this.program = program;
        this.settings = settings;
    }

    /**
     * Returns when everything is running. Waits until Postgres can be reached, but not for Redis.
     *
     * @throws Exception if something cannot start, or if {@link #stop} is called meanwhile. Call {@link #stop} in
     *     both cases
     */
    public void start() throws Exception {
        starting.acquire();
        try {
            bringUp();
        } finally {
            starting.release();
        }
    }

    private void bringUp() throws Exception {
        ListenAddress.requireFree(settings.api());
        var uris = startServers();
        startTracing();
        vertx = TcpKeepalive.on(metrics.measured(new VertxOptions().setPreferNativeTransport(true)))
                .build();
        teardown.add(left -> await(vertx.close(), left));
        Events.register(vertx);
        var postgres = new Postgres(
                vertx,
                uris.postgres().orElse(settings.postgres().uri()),
                settings.postgres().caFile(),
                settings.postgres().poolSize(),
                settings.streamer().instances());
        teardown.add(left -> await(postgres.close(), left));
        var tables = new LogTables(program.schema(), settings.log().partitions());
        var layout = postgres.ready(tables, Layout::read).await();
        var redis = new RedisClient(
                vertx,
                uris.redis().orElse(settings.redis().uri()),
                settings.redis().caFile(),
                settings.log().stream());
        roles = new Roles(program, settings, new Roles.Resources(vertx, postgres, redis, layout, metrics, tracing));
        var line = new LastLine(vertx, begun);
        teardown.add(left -> await(line.read(roles.status()::read, LOOK), LOOK));
        deploy(roles.beats()); // early, so that the first beat is answered before the roles need it
        redis.refuseUntrusted().await();
        LOG.info("postgres {}, redis {}", postgres.address(), redis.address());
        deployRoles();
        lastLine.set(line);
    }

    private void deployRoles() {
        deploy(roles.listeners());
        deploy(roles.duties());
        deploy(roles.servers());
        deploy(roles.dashboard());
        roles.announce();
        deploy(roles.audit());
        deploy(roles.additions());
    }

    /**
     * Stops everything, producers first, and logs what the run has done. Returns when everything has stopped, or some
     * seconds after {@link #STOP} at the latest. May be called at any time, and more than once.
     */
    public void stop() {
        boolean early = starting.availablePermits() == 0;
        teardown.begin();
        awaitStart();
        teardown.run();
        var line = lastLine.getAndSet(null);
        if (line != null) {
            line.say(settings.api().instances() > 0);
        } else if (early) {
            LOG.info("stopped while starting");
        }
    }

    /**
     * Waits shortly for the start: verticles log errors if they are undeployed while they are deployed. But the start
     * may itself be waiting for Postgres, so the wait is limited.
     */
    private void awaitStart() {
        try {
            if (starting.tryAcquire(LOOK.toMillis(), TimeUnit.MILLISECONDS)) {
                starting.release();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Whether {@link #stop} has been called. Then {@link #start} may fail with any exception. */
    boolean stopping() {
        return teardown.begun();
    }

    /** The port this process listens on. Differs from the configured port if that is 0. */
    public int port() {
        return roles.port();
    }

    private EmbeddedServers.Uris startServers() {
        if (!settings.postgres().embedded() && !settings.redis().embedded()) {
            return new EmbeddedServers.Uris(Optional.empty(), Optional.empty());
        }
        var servers = new EmbeddedServers(
                settings.embedded().dataDir(),
                settings.postgres().embedded(),
                settings.redis().embedded());
        teardown.add(left -> servers.stop());
        LOG.info(
                "starting the embedded servers, data in {}", settings.embedded().dataDir());
        return servers.start();
    }

    /** Before everything that is traced, so that it is closed last. */
    private void startTracing() {
        settings.tracing().endpoint().ifPresent(endpoint -> {
            tracing = new Tracing(endpoint, settings.tracing().sample(), settings.log().stream());
            teardown.add(left -> tracing.close());
            LOG.info(
                    "traces a fraction of {} of the requests, to {}",
                    settings.tracing().sample(),
                    endpoint);
        });
    }

    /** They are started and stopped at the same time, because each may have to wait for current work. */
    private void deploy(List<? extends Deployable> verticles) {
        if (verticles.isEmpty()) {
            return;
        }
        var options = new DeploymentOptions().setInstances(verticles.size());
        var deployed = vertx.deployVerticle(verticles.iterator()::next, options);
        teardown.add(left -> await(deployed.otherwiseEmpty().compose(this::undeploy), left));
        await(deployed, STEP);
    }

    /** {@code deployment}: null if the deployment failed, in which case Vert.x has undeployed its verticles. */
    private Future<Void> undeploy(String deployment) {
        return deployment == null ? Future.succeededFuture() : Undeployment.of(vertx, deployment);
    }

    private static <T> T await(Future<T> future, Duration most) {
        try {
            return future.await(most.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new IllegalStateException("not done after " + Words.span(most), e);
        }
    }
}
