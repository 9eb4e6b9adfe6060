package rocketrides;

import io.vertx.core.Deployable;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.ext.web.Router;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.ResponseType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import rocketrides.api.ApiVerticle;
import rocketrides.config.Settings;
import rocketrides.console.ConsoleVerticle;
import rocketrides.consumer.Checkpoints;
import rocketrides.consumer.ConsumerSupervisor;
import rocketrides.consumer.PostgresCheckpoints;
import rocketrides.consumer.Projection;
import rocketrides.dashboard.Board;
import rocketrides.dashboard.DashboardRoutes;
import rocketrides.dashboard.DashboardVerticle;
import rocketrides.log.PostgresSegmentStore;
import rocketrides.log.RedisRideStream;
import rocketrides.log.RideStream;
import rocketrides.log.SegmentStore;
import rocketrides.operations.Health;
import rocketrides.operations.Metrics;
import rocketrides.operations.OperationsVerticle;
import rocketrides.operations.Pulse;
import rocketrides.rides.TotalDistance;
import rocketrides.runtime.Faults;
import rocketrides.runtime.Words;
import rocketrides.servers.Postgres;
import rocketrides.servers.RedisClient;
import rocketrides.simulator.SimulatorVerticle;
import rocketrides.status.AuditVerticle;
import rocketrides.status.StatusReader;
import rocketrides.streamer.StreamerVerticle;
import rocketrides.tracing.Tracing;

/** Makes the verticles that the settings ask for, and gives each what it is to talk to. Deploys nothing. */
final class Roles {
    private static final Logger LOG = LoggerFactory.getLogger("rocket-rides");

    /** The application's tables. */
    static final List<String> SCHEMA = List.of("/rides.sql");

    /** What all roles of the process talk to. */
    record Servers(Postgres postgres, RedisClient redis) {}

    private final Settings settings;
    private final Vertx vertx;
    private final Postgres postgres;
    private final RedisClient redis;
    private final Metrics metrics;
    private final Tracing tracing;
    private final Pulse pulse = new Pulse(System::nanoTime);
    private final Map<Faults.Point, Double> failureRates;
    private final Board board;
    private final long seed;

    /** {@code tracing}: null if nothing is traced. */
    Roles(Settings settings, Vertx vertx, Servers servers, Metrics metrics, Tracing tracing) {
        this.settings = settings;
        this.vertx = vertx;
        this.postgres = servers.postgres();
        this.redis = servers.redis();
        this.metrics = metrics;
        this.tracing = tracing;
        this.failureRates = new ConcurrentHashMap<>(Map.of(
                Faults.Point.STREAMER_AFTER_PUBLISH, settings.failures().streamerAfterPublish(),
                Faults.Point.CONSUMER_BEFORE_SAVE, settings.failures().consumerBeforeSave(),
                Faults.Point.API_BEFORE_COMMIT, settings.failures().apiBeforeCommit()));
        this.board = new Board(
                settings.dashboard(),
                settings.api(),
                new Board.Own(
                        names("streamer", settings.streamer().instances()),
                        names("consumer", settings.consumer().instances()),
                        settings.simulator().instances()),
                failureRates,
                pulse::faults);
        this.seed = settings.failures().seed().orElseGet(() -> new SplittableRandom().nextLong());
    }

    Deployable operations() {
        return new OperationsVerticle(
                metrics.registry(),
                postgres.pool(),
                redis,
                new RedisRideStream(redis.hold(), settings.log())::length,
                settings.log().retention(),
                pulse);
    }

    List<StreamerVerticle> streamers() {
        return instances(settings.streamer().instances(), i -> streamer("streamer" + i));
    }

    private StreamerVerticle streamer(String name) {
        SegmentStore store = new PostgresSegmentStore(postgres.streamerPool());
        RideStream stream = new RedisRideStream(redis.hold(), settings.log());
        if (tracing != null) {
            var traced = tracing.store(store);
            stream = tracing.stream(stream, traced);
            store = traced;
        }
        var options = new StreamerVerticle.Options(name, settings.streamer(), settings.log());
        return new StreamerVerticle(options, store, stream, faults(name));
    }

    /** What the consumers compute, and what {@code consumer rewind} and {@code consumer remove} can reset. */
    static Projection<?> projection() {
        return new TotalDistance();
    }

    Deployable consumers() {
        return tracing == null ? consumers(projection(), (name, checkpoints) -> checkpoints) : traced(projection());
    }

    private <E> Deployable traced(Projection<E> projection) {
        return consumers(tracing.projection(projection), tracing::checkpoints);
    }

    /** {@code around}: what is put around the checkpoints of the consumer of that name. */
    private <E> Deployable consumers(
            Projection<E> projection, BiFunction<String, Checkpoints<E>, Checkpoints<E>> around) {
        return new ConsumerSupervisor<>(
                settings.consumer(),
                name -> around.apply(name, new PostgresCheckpoints<>(postgres.pool(), name, projection)),
                projection,
                new PostgresSegmentStore(postgres.pool()),
                () -> new RedisRideStream(redis.hold(), settings.log()),
                this::faults);
    }

    /** They share one port; what else is served on it comes with them. */
    List<ApiVerticle> apis() {
        List<Consumer<Router>> more = new ArrayList<>(
                List.of(new DashboardRoutes(vertx, board), metrics, new Health(postgres.pool(), redis, pulse)));
        if (tracing != null) {
            more.add(tracing.requests());
        }
        // To Vert.x, a negative port is any free one, but the same for all instances.
        var listening = settings.api().port() == 0 ? settings.api().withPort(-1) : settings.api();
        return instances(
                listening.instances(),
                i -> new ApiVerticle("api" + i, listening, postgres.pool(), status(), faults("api" + i), more));
    }

    Deployable dashboard() {
        return new DashboardVerticle(board, status()::read, postgres.pool(), flush());
    }

    Deployable console() {
        return new ConsoleVerticle(pulse::faults);
    }

    Deployable audit() {
        return new AuditVerticle(settings.audit(), postgres.pool(), status()::read);
    }

    List<SimulatorVerticle> simulators(int port) {
        return instances(
                settings.simulator().instances(),
                i -> new SimulatorVerticle(
                        "simulator" + i, settings.simulator(), settings.api().host(), port));
    }

    /** Says what there is, but for the api. */
    void announce() {
        LOG.info(
                "{}, {}, {} on stream {} ({})",
                Words.count(settings.streamer().instances(), "streamer"),
                Words.count(settings.consumer().instances(), "consumer"),
                Words.count(settings.simulator().instances(), "simulator"),
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

    /** With a connection of its own to Redis. */
    StatusReader status() {
        var stream = new RedisRideStream(redis.hold(), settings.log());
        return new StatusReader(postgres.pool(), settings.log(), stream::length);
    }

    /** Of the database that the stream is in, and of nothing else on that server. */
    private Supplier<Future<Void>> flush() {
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

    private static List<String> names(String role, int count) {
        return instances(count, i -> role + i);
    }

    private static <T> List<T> instances(int count, IntFunction<T> number) {
        return IntStream.range(0, count).mapToObj(number).toList();
    }
}
