package rocketrides;

import static rocketrides.CurrentWork.AUDIT;
import static rocketrides.CurrentWork.RETENTION;
import static rocketrides.CurrentWork.STREAMER;

import io.vertx.core.Deployable;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.ext.web.Router;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import rocketrides.api.ApiVerticle;
import rocketrides.assignment.BeatsVerticle;
import rocketrides.assignment.DutiesVerticle;
import rocketrides.assignment.Duty;
import rocketrides.assignment.Membership;
import rocketrides.assignment.PostgresLeases;
import rocketrides.config.Settings;
import rocketrides.console.ConsoleVerticle;
import rocketrides.consumer.Checkpoints;
import rocketrides.consumer.Consumer.Source;
import rocketrides.consumer.ConsumerVerticle;
import rocketrides.consumer.Instance;
import rocketrides.consumer.PostgresCheckpoints;
import rocketrides.consumer.Projection;
import rocketrides.dashboard.DashboardVerticle;
import rocketrides.dashboard.Page;
import rocketrides.http.Answers;
import rocketrides.http.Refusal;
import rocketrides.log.Layout;
import rocketrides.log.PostgresSegmentStore;
import rocketrides.log.PostgresStagedRecords;
import rocketrides.log.RedisLogStream;
import rocketrides.log.SegmentStore;
import rocketrides.log.StagedListener;
import rocketrides.log.StagedNotifier;
import rocketrides.log.Staging;
import rocketrides.operations.Health;
import rocketrides.operations.Metrics;
import rocketrides.operations.OperationsVerticle;
import rocketrides.operations.Pulse;
import rocketrides.runtime.Faults;
import rocketrides.runtime.HostAndPort;
import rocketrides.runtime.PollerVerticle;
import rocketrides.runtime.Words;
import rocketrides.servers.Postgres;
import rocketrides.servers.RedisClient;
import rocketrides.simulator.SimulatorSettings;
import rocketrides.status.Auditor;
import rocketrides.status.Readings;
import rocketrides.status.StatusReader;
import rocketrides.streamer.Retention;
import rocketrides.streamer.StreamerVerticle;
import rocketrides.streamer.StreamerVerticle.Outlet;
import rocketrides.tracing.Tracing;

/** Creates the verticles that the settings ask for, with their dependencies. Deploys nothing. */
final class Roles {
    private static final Logger LOG = LoggerFactory.getLogger("rocket-rides");
    private static final Refusal NOT_HERE = new Refusal(
            404,
            "There is nothing here. This process has no api (api.instances is 0): it serves /health/live, /health/ready,"
                    + " /metrics and /status only.");

    /**
     * Shared by all roles of the process.
     *
     * @param layout at the start; the process then reads it with each beat
     * @param tracing null if tracing is off
     */
    record Resources(
            Vertx vertx, Postgres postgres, RedisClient redis, Layout layout, Metrics metrics, Tracing tracing) {}

    /** Creates the instances in turn, and starts over for a later deployment. */
    private static <T> Supplier<T> again(int instances, IntFunction<T> make) {
        var made = new AtomicInteger();
        return () -> make.apply(made.getAndIncrement() % instances);
    }

    private final Program program;
    private final Settings settings;
    private final Vertx vertx;
    private final Postgres postgres;
    private final RedisClient redis;
    private final Metrics metrics;
    private final Tracing tracing;
    private final Staging staging;
    private final Pulse pulse = new Pulse(System::nanoTime);
    private final Map<Faults.Point, Double> failureRates;
    private final Page page;
    private final Readings readings;
    private final long seed;
    private final BiFunction<Instance, Projection<?>, Checkpoints> checkpoints;
    private final CurrentWork work;
    private final Membership membership;
    private final BeatsVerticle beats;
    private volatile ApiVerticle server;

    Roles(Program program, Settings settings, Resources resources) {
        this.program = program;
        this.settings = settings;
        this.vertx = resources.vertx();
        this.postgres = resources.postgres();
        this.redis = resources.redis();
        this.work = new CurrentWork(program, settings, postgres.pool(), resources.layout());
        this.metrics = resources.metrics();
        this.tracing = resources.tracing();
        this.readings = new Readings(vertx, status());
        this.staging = new Staging(vertx, postgres.pool());
        this.failureRates = new ConcurrentHashMap<>(settings.failures().rates());
        this.page = new Page(
                vertx,
                settings.dashboard(),
                settings.api(),
                new Page.Parts(
                        this::own,
                        this::owns,
                        failureRates,
                        pulse::faults,
                        () -> deleteStreams(work.layout().all())));
        this.checkpoints = PostgresCheckpoints.in(postgres.pool());
        this.membership = new Membership(new PostgresLeases(postgres::connect, Membership.newId()), System::nanoTime);
        this.beats = new BeatsVerticle(membership, work);
        this.seed = settings.failures().seed().orElseGet(() -> new SplittableRandom().nextLong());
    }

    private Page.Own own() {
        return new Page.Own(
                IntStream.range(0, settings.streamer().instances())
                        .mapToObj(i -> "streamer" + i)
                        .toList(),
                work.instances().keySet().stream().map(Instance::role).toList(),
                simulators());
    }

    /** Whether this process owns the consumer of that name, or any partition for the streamer of that name to stream. */
    private boolean owns(String role) {
        return role.startsWith(STREAMER)
                ? !membership.partitions(STREAMER).isEmpty()
                : work.instances().keySet().stream()
                        .filter(instance -> instance.role().equals(role))
                        .anyMatch(instance -> membership.owned().contains(CurrentWork.lease(instance)));
    }

    /** Owns roles by leases. Deploy it before the roles, and undeploy it after them. */
    List<Deployable> beats() {
        return List.of(beats);
    }

    /** What this process does while it owns the leases for it, but for the audit. */
    List<Deployable> duties() {
        var streamers = streamers().toList();
        return List.of(
                new DutiesVerticle(membership, beats.first(), () -> Stream.concat(streamers.stream(), consumers())
                        .toList()));
    }

    /** Those that only listen to the others. Deploy them before the others. */
    List<Deployable> listeners() {
        var listeners = new ArrayList<Deployable>();
        listeners.add(new OperationsVerticle(new OperationsVerticle.Parts(
                metrics.registry(),
                readings,
                program.books().quantities(),
                redis,
                settings.log().retention(),
                pulse)));
        listeners.add(new ConsoleVerticle(pulse::faults));
        listeners.add(new StagedNotifier(postgres.streamerPool(), this::streamsAll));
        if (tracing != null) {
            listeners.add(tracing.records());
        }
        return listeners;
    }

    private boolean streamsAll() {
        return membership.partitions(STREAMER).containsAll(work.layout().open());
    }

    private Stream<Duty> streamers() {
        int instances = settings.streamer().instances();
        return instances == 0
                ? Stream.of()
                : Stream.of(
                        Duty.ofAny(STREAMER, instances, again(instances, i -> streamer(STREAMER + i))),
                        Duty.ofAny(RETENTION, 1, this::retention),
                        new Duty(
                                "wake-ups",
                                lease -> lease.role().equals(STREAMER),
                                1,
                                () -> new StagedListener(postgres::connect)));
    }

    private PollerVerticle retention() {
        Supplier<List<SegmentStore>> stores = () -> work.layout().all().stream()
                .<SegmentStore>map(partition -> new PostgresSegmentStore(postgres.streamerPool(), partition))
                .toList();
        var deleted = new HashSet<Integer>();
        Supplier<Future<Void>> streams = () -> {
            var spent = new HashSet<>(work.layout().drained());
            spent.removeAll(deleted);
            return deleteStreams(spent).onSuccess(done -> deleted.addAll(spent));
        };
        return new PollerVerticle(
                RETENTION, new Retention(stores, streams, settings.log().retention())::runOnce);
    }

    private StreamerVerticle streamer(String name) {
        Supplier<Set<Integer>> mine = () -> membership.partitions(STREAMER);
        return new StreamerVerticle(
                new StreamerVerticle.Options(name, settings.streamer(), mine),
                new PostgresStagedRecords(postgres.streamerPool(), mine),
                partition -> new Outlet(
                        new PostgresSegmentStore(postgres.streamerPool(), partition),
                        stream(partition),
                        work.layout().of(settings.log(), partition),
                        work.layout().all().size() > 1),
                faults(name));
    }

    private Stream<Duty> consumers() {
        return work.instances().entrySet().stream().map(each -> consumer(each.getKey(), each.getValue()));
    }

    private Duty consumer(Instance instance, Projection<?> projection) {
        var lease = CurrentWork.lease(instance);
        return new Duty(
                instance.role(),
                lease::equals,
                1,
                () -> new ConsumerVerticle(
                        instance,
                        settings.consumer().batchSize(),
                        checkpoints.apply(instance, projection),
                        () -> new Source(
                                new PostgresSegmentStore(postgres.pool(), instance.partition()),
                                stream(instance.partition())),
                        faults(instance.role())));
    }

    /** All instances share one port. A process without an API has one instance, for health, metrics and status. */
    List<ApiVerticle> servers() {
        // For Vert.x, a negative port means any free port, but the same one for all instances.
        var listening = settings.api().port() == 0 ? settings.api().withPort(-1) : settings.api();
        var servers = IntStream.range(0, Math.max(1, listening.instances()))
                .mapToObj(i -> new ApiVerticle(listening, routes("api" + i)))
                .toList();
        server = servers.get(0);
        return servers;
    }

    private List<Consumer<Router>> routes(String name) {
        boolean api = settings.api().instances() > 0;
        var routes = new ArrayList<Consumer<Router>>();
        if (api) {
            if (tracing != null) {
                routes.add(tracing.requests());
            }
            var context = context(settings.api().port());
            program.routes().forEach(declared -> routes.add(router -> declared.addTo(router, name, context)));
            routes.add(page);
        } else {
            routes.add(router -> router.errorHandler(404, request -> Answers.fail(request, NOT_HERE)));
        }
        routes.add(metrics);
        routes.add(new Health(postgres.pool(), redis, readings, pulse, api));
        return routes;
    }

    /** The port this process listens on, once it does. */
    int port() {
        return server.port();
    }

    List<Deployable> dashboard() {
        return settings.api().instances() == 0
                ? List.of()
                : List.of(new DashboardVerticle(page, readings, postgres.pool()));
    }

    /** Deploy it after {@link #announce}: its result is a line on the console. */
    List<Deployable> audit() {
        var interval = settings.audit().interval();
        var duties = List.of(Duty.ofAny(AUDIT, 1, () -> {
            var auditor = new Auditor(program.books(), postgres.pool(), () -> readings.status(interval));
            return new PollerVerticle(AUDIT, () -> auditor.pass(vertx, interval));
        }));
        return List.of(new DutiesVerticle(membership, beats.first(), () -> duties));
    }

    /** The verticles that the program declares. */
    List<? extends Deployable> additions() {
        var context = context(port());
        return program.deployments().stream()
                .flatMap(deployment -> deployment.apply(context).stream())
                .toList();
    }

    private ProgramContext context(int port) {
        return new ProgramContext(settings, vertx, postgres.pool(), staging, port, this::faults);
    }

    /** Logs what this process runs. */
    void announce() {
        LOG.info(
                "{} at http://{}",
                settings.api().instances() == 0
                        ? "no api; health, metrics and status"
                        : "api " + settings.api().instances() + "×",
                new HostAndPort(settings.api().host(), port()));
        LOG.info(
                "{}, {}{} on stream {} ({}){}",
                Words.count(settings.streamer().instances(), "streamer"),
                Words.count(program.consumers(settings.consumer().instances()).size(), "consumer"),
                simulators() == 0 ? "" : ", " + Words.count(simulators(), "simulator"),
                settings.log().stream(),
                settings.log().delivery(),
                work.layout().open().size() == 1
                        ? ""
                        : ", " + work.layout().open().size() + " partitions");
        if (failureRates.values().stream().anyMatch(rate -> rate > 0)) {
            LOG.info("failures are injected, seed {}: {}", seed, new TreeMap<>(failureRates));
        }
    }

    /** Has its own connections to Redis. */
    StatusReader status() {
        var streams = new HashMap<Integer, RedisLogStream>();
        return new StatusReader(
                postgres.pool(),
                settings.log(),
                program.books(),
                () -> RedisLogStream.length(work.layout().all().stream()
                        .filter(partition -> !work.layout().drained().contains(partition))
                        .map(partition -> streams.computeIfAbsent(partition, this::stream))
                        .toList()));
    }

    /** Uses new connections, because any API instance may call this. */
    private Future<Void> deleteStreams(Collection<Integer> partitions) {
        return Future.all(partitions.stream()
                        .map(this::stream)
                        .map(stream -> stream.delete().eventually(stream::close))
                        .toList())
                .mapEmpty();
    }

    private RedisLogStream stream(int partition) {
        var log = work.layout().of(settings.log(), partition);
        return new RedisLogStream(redis.of(log.stream()).hold(), log);
    }

    private Faults faults(String owner) {
        return Faults.random(failureRates, seed, owner);
    }

    private int simulators() {
        return settings.application().get(SimulatorSettings.class) instanceof SimulatorSettings simulator
                ? simulator.instances()
                : 0;
    }
}
