package rocketrides;

import io.vertx.core.Deployable;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.ext.web.Router;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.ResponseType;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import rocketrides.api.ApiVerticle;
import rocketrides.config.Settings;
import rocketrides.console.ConsoleVerticle;
import rocketrides.consumer.Checkpoints;
import rocketrides.consumer.ConsumerSupervisor;
import rocketrides.consumer.PostgresCheckpoints;
import rocketrides.consumer.Projection;
import rocketrides.consumer.TotalDistance;
import rocketrides.dashboard.Board;
import rocketrides.dashboard.DashboardRoutes;
import rocketrides.dashboard.DashboardVerticle;
import rocketrides.log.DeliveryGuard;
import rocketrides.log.PostgresSegmentStore;
import rocketrides.log.RedisRideStream;
import rocketrides.log.RideStream;
import rocketrides.log.SegmentStore;
import rocketrides.operations.Health;
import rocketrides.operations.Metrics;
import rocketrides.operations.OperationsVerticle;
import rocketrides.operations.Pulse;
import rocketrides.servers.EmbeddedServers;
import rocketrides.servers.Postgres;
import rocketrides.servers.RedisClient;
import rocketrides.simulator.SimulatorVerticle;
import rocketrides.status.AuditVerticle;
import rocketrides.status.StatusReader;
import rocketrides.streamer.StreamerVerticle;
import rocketrides.tracing.Tracing;

/**
 * One process: brings up what the settings ask for, servers first and producers last, and takes it down in reverse. A
 * stop that comes in the middle of the start undoes what there is.
 */
public final class Application {
    private static final Logger LOG = LoggerFactory.getLogger("rocket-rides");
    private static final long STEP_SECONDS = 15;

    private final Settings settings;
    private final Map<Faults.Point, Double> failureRates;
    private final Board board;
    private final long seed;
    private final Metrics metrics = new Metrics();
    private final Pulse pulse = new Pulse(System::nanoTime);
    private final Deque<Runnable> undo = new ArrayDeque<>();
    private boolean stopping;
    private Vertx vertx;
    private ApiVerticle api;

    /** Null if nothing is traced: then none of its classes is loaded. */
    private Tracing tracing;

    public Application(Settings settings) {
        this.settings = settings;
        this.failureRates = new ConcurrentHashMap<>(Map.of(
                Faults.Point.STREAMER_AFTER_PUBLISH, settings.failures().streamerAfterPublish(),
                Faults.Point.CONSUMER_BEFORE_SAVE, settings.failures().consumerBeforeSave(),
                Faults.Point.API_BEFORE_COMMIT, settings.failures().apiBeforeCommit()));
        this.board = new Board(settings.dashboard(), settings.api(), failureRates);
        this.seed = settings.failures().seed().orElseGet(() -> new SplittableRandom().nextLong());
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
        deploy(new OperationsVerticle(
                metrics.registry(),
                postgres.pool(),
                redis.hold(),
                new RedisRideStream(redis.hold(), settings.log())::length,
                settings.log().retention(),
                pulse));
        startStreamers(postgres, redis);
        startConsumers(postgres, redis);
        startApi(postgres, redis);
        deploy(new ConsoleVerticle(status(postgres, redis)::read));
        deploy(new AuditVerticle(settings.audit(), postgres.pool(), status(postgres, redis)::read));
        announce();
        startSimulators();
    }

    private void announce() {
        if (api != null) {
            LOG.info(
                    "api {}× at http://{}:{}",
                    settings.api().instances(),
                    settings.api().host(),
                    api.port());
        }
        LOG.info(
                "{} streamers, {} consumers, {} simulators on stream {} ({})",
                settings.streamer().instances(),
                settings.consumer().instances(),
                settings.simulator().instances(),
                settings.log().stream(),
                settings.log().delivery());
        var failures = settings.failures();
        if (failures.any()) {
            LOG.info(
                    "failures are injected, seed {}: streamer-after-publish {}, consumer-before-save {},"
                            + " api-before-commit {}",
                    seed,
                    failures.streamerAfterPublish(),
                    failures.consumerBeforeSave(),
                    failures.apiBeforeCommit());
        }
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

    private void startStreamers(Postgres postgres, RedisClient redis) {
        for (int i = 0; i < settings.streamer().instances(); i++) {
            SegmentStore store = new PostgresSegmentStore(postgres.streamerPool());
            RideStream stream = new RedisRideStream(redis.hold(), settings.log());
            if (tracing != null) {
                var traced = tracing.store(store);
                stream = tracing.stream(stream, traced);
                store = traced;
            }
            var guard =
                    new DeliveryGuard(settings.log().stream(), settings.log().delivery(), stream, store);
            deploy(new StreamerVerticle(
                    settings.streamer(), settings.log().retention(), store, stream, guard, faults("streamer" + i)));
        }
    }

    private void startConsumers(Postgres postgres, RedisClient redis) {
        var totals = new TotalDistance();
        if (tracing == null) {
            startConsumers(postgres, redis, totals, (name, checkpoints) -> checkpoints);
        } else {
            startConsumers(postgres, redis, tracing.projection(totals), tracing::checkpoints);
        }
    }

    /** {@code around}: what is put around the checkpoints of the consumer of that name. */
    private <E> void startConsumers(
            Postgres postgres,
            RedisClient redis,
            Projection<E> projection,
            BiFunction<String, Checkpoints<E>, Checkpoints<E>> around) {
        deploy(new ConsumerSupervisor<>(
                settings.consumer(),
                name -> around.apply(name, new PostgresCheckpoints<>(postgres.pool(), name, projection)),
                projection,
                new PostgresSegmentStore(postgres.pool()),
                () -> new RedisRideStream(redis.hold(), settings.log()),
                this::faults));
    }

    private void startApi(Postgres postgres, RedisClient redis) {
        List<Consumer<Router>> more = new ArrayList<>(
                List.of(new DashboardRoutes(vertx, board), metrics, new Health(postgres.pool(), redis, pulse)));
        if (tracing != null) {
            more.add(tracing.requests());
        }
        // To Vert.x, a negative port is any free one, but the same for all instances.
        var listening = settings.api().port() == 0 ? settings.api().withPort(-1) : settings.api();
        for (int i = 0; i < listening.instances(); i++) {
            var role = "api" + i;
            api = new ApiVerticle(role, listening, postgres.pool(), status(postgres, redis), faults(role), more);
            deploy(api);
        }
        if (api != null) {
            deploy(new DashboardVerticle(board, status(postgres, redis)::read, postgres.pool(), flush(redis)));
        }
    }

    private void startSimulators() {
        int port = api == null ? settings.api().port() : api.port();
        for (int i = 0; i < settings.simulator().instances(); i++) {
            deploy(new SimulatorVerticle(
                    "simulator" + i, settings.simulator(), settings.api().host(), port));
        }
    }

    private StatusReader status(Postgres postgres, RedisClient redis) {
        var stream = new RedisRideStream(redis.hold(), settings.log());
        return new StatusReader(postgres.pool(), settings.log(), stream::length);
    }

    /** Of the database that the stream is in, and of nothing else on that server. */
    private static Supplier<Future<Void>> flush(RedisClient redis) {
        var connection = redis.hold();
        return () -> connection
                .send(Request.cmd(Command.FLUSHDB))
                .compose(reply -> reply.type() == ResponseType.ERROR
                        ? Future.failedFuture(reply.toString())
                        : Future.succeededFuture());
    }

    private Faults faults(String owner) {
        return Faults.random(failureRates, seed, owner);
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
