package rocketrides;

import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.time.Duration;
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
import rocketrides.operations.Metrics;
import rocketrides.runtime.Events;
import rocketrides.runtime.Undeployment;
import rocketrides.runtime.Words;
import rocketrides.servers.Postgres;
import rocketrides.servers.RedisClient;
import rocketrides.servers.TcpKeepalive;
import rocketrides.tracing.Tracing;

/**
 * One process: brings up what the settings ask for, servers first and producers last, and takes it down in reverse. A
 * stop that comes in the middle of the start undoes what there is.
 */
public final class Application {
    private static final Logger LOG = LoggerFactory.getLogger("rocket-rides");
    private static final Duration LOOK = Duration.ofSeconds(2);
    private static final Duration STEP = Duration.ofSeconds(15);
    /** Below what Kubernetes grants before it kills. */
    private static final Duration STOP = Duration.ofSeconds(25);

    private final Program program;
    private final Settings settings;
    private final Metrics metrics = new Metrics();
    private final Teardown teardown = new Teardown(STOP);
    private final Semaphore starting = new Semaphore(1);
    private final AtomicReference<LastLine> lastLine = new AtomicReference<>();
    private Vertx vertx;
    private Roles roles;

    /** Null if nothing is traced: then none of its classes is loaded. */
    private Tracing tracing;

    Application(Program program, Settings settings) {
        this.program = program;
        this.settings = settings;
    }

    /**
     * Returns when everything is up. Waits for a Postgres that is away; goes on without a Redis that is away.
     *
     * @throws Exception if something cannot come up, or if {@link #stop} came first; {@link #stop} cleans up either way
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
                uris.postgres(),
                settings.postgres().caFile(),
                settings.postgres().poolSize(),
                settings.streamer().instances());
        teardown.add(left -> await(postgres.close(), left));
        postgres.ready(program.schema()).await();
        var redis = new RedisClient(vertx, uris.redis(), settings.redis().caFile(), settings.log().stream());
        roles = new Roles(program, settings, new Roles.Resources(vertx, postgres, redis, metrics, tracing));
        var line = new LastLine(vertx);
        teardown.add(left -> await(line.read(roles.status()::read, LOOK), LOOK));
        deploy(roles.beats()); // early: the answer to the first beat is there when the roles need it
        redis.refuseUntrusted().await();
        LOG.info("postgres {}, redis {}", postgres.address(), redis.address());
        deployRoles();
        lastLine.set(line);
    }

    private void deployRoles() {
        deploy(roles.operations());
        deploy(roles.console());
        deploy(roles.tracing());
        deploy(roles.wakeUps());
        deploy(roles.streamers());
        deploy(roles.consumers());
        deploy(roles.servers());
        deploy(roles.dashboard());
        deploy(roles.audit());
        roles.announce();
        deploy(roles.additions());
    }

    /**
     * Takes everything down, the producers first, and says what the run has done; returns when it is down, at the latest
     * after {@link #STOP} and some seconds. May be called at any time, and twice.
     */
    public void stop() {
        teardown.begin();
        awaitStart();
        teardown.run();
        var line = lastLine.getAndSet(null);
        if (line != null) {
            line.say(settings.api().instances() > 0);
        }
    }

    /** What is taken down while it comes up complains. But a start that waits, for Postgres, is not waited for. */
    private void awaitStart() {
        try {
            if (starting.tryAcquire(LOOK.toMillis(), TimeUnit.MILLISECONDS)) {
                starting.release();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Where this process serves; not the configured port if that is 0. */
    public int port() {
        return roles.port();
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
        teardown.add(left -> servers.stop());
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
            teardown.add(left -> tracing.close());
            LOG.info("traces of {} of the requests go to {}", settings.tracing().sample(), endpoint);
        });
    }

    /** The instances come up together and go down together: each may have to wait for what is under way. */
    private void deploy(Roles.Group group) {
        if (group.instances() == 0) {
            return;
        }
        var options = new DeploymentOptions().setInstances(group.instances());
        var deployed = vertx.deployVerticle(group.next(), options);
        teardown.add(left -> await(deployed.otherwiseEmpty().compose(this::undeploy), left));
        await(deployed, STEP);
    }

    /** {@code deployment}: null if it failed; then Vert.x has undeployed what there was of it. */
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
