package rocketrides.chaos;

import static rocketrides.testing.Eventually.eventually;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import rocketrides.chaos.Findings.Invariant;
import rocketrides.chaos.HostFault.Job;
import rocketrides.chaos.HostFault.Kind;
import rocketrides.testing.Disk;
import rocketrides.testing.Pause;
import rocketrides.testing.RedisGroup;
import rocketrides.testing.RedisServer;

/**
 * Three hosts share the work, a Postgres and a Redis, each of which has a host of its own. Clients book rides at two of the
 * three. One host after another is lost, the next one perhaps before the last one is back; one that serves clients is
 * always left.
 */
final class HostsRun implements AutoCloseable {
    private static final int CLIENTS = 16;
    /** How long a process waits for an answer of Redis, before it reads the log in Postgres. */
    private static final long ANSWER_MILLIS = 5_000;

    private static final long PROMOTION_MILLIS = 4_000;
    private static final long LIMIT_MILLIS = 60_000;

    /** Of a host that is lost or starts: a process that gets a fiftieth of a core is ready after two minutes. */
    private static final long ABSENCE_MILLIS = 180_000;

    private static final long DIVIDED_MILLIS = 10_000;
    private static final long REST_MILLIS = 2_000;
    private static final int FAULTS_BEFORE_A_REST = 10;

    /** What the hosts divide among them in a log with one partition, as {@code /health/ready} calls it. */
    private static final List<String> ROLES =
            List.of("audit", "consumer0", "consumer1", "streamer0 (sealing)", "streamer0 (publishing)");

    /**
     * {@code perSecond}: rides. {@code takeoverMillis}: how long it may take until others do what a lost host did.
     * {@code later}: the number of partitions after a change under load; 0 for none.
     */
    record Options(RedisGroup.Kind redis, int perSecond, long takeoverMillis, int partitions, int later) {}

    private static final String PARTITIONS = "ROCKET_RIDES_LOG_PARTITIONS";
    private static final String NOT_OWNED = "not owned";

    /** One lost host. {@code redisSilent}: this host, or another one that was lost before, got nothing from Redis. */
    record Takeover(HostFault fault, String victim, boolean redisSilent, long millis) {}

    private final Options options;
    private final Path home;
    private final Network network;
    private final Host postgresHost;
    private final Host redisHost;
    private final PostgresServer postgres;
    private final RedisGroup redis;
    private final List<Member> members = new ArrayList<>();
    private final Map<Member, Kind> lost = new ConcurrentHashMap<>();
    private final ScheduledExecutorService restorer = Executors.newSingleThreadScheduledExecutor();
    private final Findings findings = new Findings();
    private final Acknowledgements acknowledgements;
    private final Load load;
    private final KeyedWriter keyedWriter;
    private final List<Watcher> watchers = new ArrayList<>();
    private final Map<Integer, StreamWatcher> streams = new TreeMap<>();
    private final ObservedLogs history = new ObservedLogs(findings);
    private final List<Takeover> takeovers = new ArrayList<>();

    HostsRun(Path home, Options options) throws Exception {
        this.options = options;
        this.home = home;
        Files.createDirectories(home);
        network = new Network();
        try {
            postgresHost = network.host("postgres");
            redisHost = network.host("redis");
            postgres = PostgresServer.create(home, Cluster.BINARIES, postgresHost.place());
            postgres.start();
            redis = RedisGroup.start(options.redis, home.resolve("redis-servers"), redisHost.place());
            for (int i = 1; i <= 3; i++) {
                members.add(member("host" + i, i <= 2));
            }
            for (var member : members) {
                member.program().start();
            }
            acknowledgements = new Acknowledgements(home.resolve("acknowledged"));
            var apis = members.stream()
                    .filter(Member::serves)
                    .map(member -> member.uri("/rides"))
                    .toList();
            load = new Load(apis, "hosts", acknowledgements, findings);
            load.start(CLIENTS, options.perSecond);
        } catch (Exception e) {
            network.close();
            throw e;
        }
        keyedWriter = new KeyedWriter(() -> postgres, load, acknowledgements);
        start(new PostgresWatcher(postgres, history, findings));
        start(new AuditWatcher(members, findings));
        start(keyedWriter);
        watchStreams();
    }

    private void start(Watcher watcher) {
        watchers.add(watcher);
        watcher.start();
    }

    /** Watches the streams of all partitions that there are by now. */
    private void watchStreams() throws SQLException {
        for (int partition : Progress.of(postgres).partitions().keySet()) {
            streams.computeIfAbsent(partition, first -> {
                var stream = stream(partition);
                var watcher = new StreamWatcher(
                        () -> redis.masterOf(stream).connect(), stream, history.of(partition), findings, true);
                start(watcher);
                return watcher;
            });
        }
    }

    private String stream(int partition) {
        return options.partitions == 1 && partition == 0 ? Cluster.STREAM : Cluster.STREAM + ":" + partition;
    }

    private Member member(String name, boolean serves) throws IOException {
        var host = network.host(name);
        var environment = Map.of(
                "DATABASE_URL",
                postgres.uri(),
                "REDIS_URL",
                redis.uri(),
                "STREAM_NAME",
                Cluster.STREAM,
                "API_PORT",
                "" + Member.PORT,
                "ROCKET_RIDES_API_INSTANCES",
                serves ? "1" : "0",
                PARTITIONS,
                "" + options.partitions);
        var program = new ArrayList<>(OwnProgram.real());
        program.addAll(List.of(
                "--conf", Path.of("conf", "production.yaml").toAbsolutePath().toString()));
        return new Member(name, host, new OwnProgram(name, home, host.place(), program, environment), serves);
    }

    /** Faults under load, and from time to time a rest, in which all hosts are back. */
    void run(List<HostFault> schedule, long millis) throws Exception {
        awaitReady();
        load.resume();
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        for (int i = 0; i < schedule.size() && System.nanoTime() < end; i++) {
            Pause.millis(schedule.get(i).pause());
            switch (schedule.get(i).kind()) {
                case REDIS_MASTER -> loseMaster(schedule.get(i));
                case SLOT_MOVED -> moveSlot(schedule.get(i));
                default -> lose(schedule.get(i));
            }
            if ((i + 1) % FAULTS_BEFORE_A_REST == 0) {
                rest();
                if (options.later > 0 && i < FAULTS_BEFORE_A_REST) {
                    changePartitions();
                }
            }
        }
        rest();
    }

    /** While no host is lost, each role is done by one process, and nothing is done a second time by another one. */
    private void rest() throws IOException {
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(ABSENCE_MILLIS);
        while (!lost.isEmpty() && System.nanoTime() < deadline) {
            Pause.millis(20);
        }
        awaitReady();
        // A host that is back gets its share a beat later, and for as long as a handover takes two have worked.
        deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(DIVIDED_MILLIS);
        Map<String, List<Member>> divided;
        Map<Job, List<Member>> working;
        do {
            divided = workers();
            working = working(REST_MILLIS);
        } while (!(isDivided() && divided.equals(workers())) && System.nanoTime() < deadline);
        if (streams.size() == 1) { // otherwise several hosts work, on a partition each
            working.forEach((job, workers) ->
                    findings.check(Invariant.NOT_TWICE, workers.size() == 1, "%s is done by %s", job, workers));
        }
        findings.check(Invariant.NOT_TWICE, isDivided(), "the roles are done by %s", workers());
    }

    private boolean isDivided() throws IOException {
        return workers().values().stream().allMatch(workers -> workers.size() == 1);
    }

    /** Who works at what, by their own account. */
    private Map<String, List<Member>> workers() throws IOException {
        var workers = new TreeMap<String, List<Member>>();
        roles().forEach(role -> workers.put(role, new ArrayList<>()));
        for (var member : members) {
            var states = member.roles();
            workers.forEach((role, those) -> {
                if (!states.getOrDefault(role, NOT_OWNED).equals(NOT_OWNED)) {
                    those.add(member);
                }
            });
        }
        return workers;
    }

    /** With several partitions, several hosts may have a streamer, so only the consumers' roles are compared. */
    private List<String> roles() {
        return streams.size() == 1
                ? ROLES
                : Stream.concat(Stream.of("audit"), Cluster.CONSUMERS.stream().flatMap(name -> streams.keySet().stream()
                                .filter(partition -> !isClosed(partition))
                                .map(partition -> name + "/" + partition)))
                        .toList();
    }

    private boolean isClosed(int partition) {
        return streams.size() > options.partitions && partition < options.partitions;
    }

    /** Under load, by the command, on a host that is not lost. Processes that start later are told the new number. */
    private void changePartitions() throws Exception {
        var member = members.get(0);
        var output = home.resolve("partitions.log");
        var command = member.program().command(output, "partitions", "" + options.later);
        command.awaitEnd();
        findings.check(Invariant.LOUD_STOP, command.exitCode() == 0, "partitions: %s", Disk.tail(output, 5));
        members.forEach(each -> each.program().set(PARTITIONS, "" + options.later));
        watchStreams();
    }

    private void lose(HostFault fault) throws Exception {
        var victim = victim(fault.job());
        lost.put(victim, fault.kind());
        long since = System.nanoTime();
        victim.hit(fault.kind(), postgresHost, redisHost);
        var then = Progress.of(postgres);
        restorer.schedule(() -> restore(victim, fault.kind()), fault.lasts(), TimeUnit.MILLISECONDS);
        awaitTakeover(fault, victim + ", which did " + fault.job(), then, since);
    }

    /**
     * What is committed from now on must be published, and counted by every consumer. A host from which Redis is silent may
     * own the streamer, and the consumers: then nothing need be published, and these wait for an answer before they read
     * Postgres.
     */
    private void awaitTakeover(HostFault fault, String victim, Progress then, long since) throws SQLException {
        boolean silent = lost.containsValue(Kind.REDIS_SILENT);
        boolean unpublished = silent || !fault.kind().hitsHost();
        long deadline = since + TimeUnit.MILLISECONDS.toNanos(LIMIT_MILLIS);
        for (var now = Progress.of(postgres);
                !(now.hasCounted(then) && (unpublished || now.hasPublished(then))) && System.nanoTime() < deadline;
                now = Progress.of(postgres)) {
            Pause.millis(20);
        }
        long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - since);
        takeovers.add(new Takeover(fault, victim, silent, millis));
        System.out.println("hosts: " + fault.kind() + " of " + victim + ", for " + fault.lasts()
                + " ms: taken over after " + millis + " ms");
        long limit = silent ? options.takeoverMillis + ANSWER_MILLIS : options.takeoverMillis;
        findings.check(Invariant.TAKEN_OVER, millis <= limit, "%s of %s: %d ms", fault.kind(), victim, millis);
    }

    /** As soon as there is a replica to take its place; nobody starts it again before that one has. */
    private void loseMaster(HostFault fault) throws Exception {
        var stream = streamOf(fault);
        var master = redis.masterOf(stream);
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(LIMIT_MILLIS);
        while (!master.command("INFO", "replication").toString().contains("state=online")
                && System.nanoTime() < deadline) {
            Pause.millis(50);
            master = redis.masterOf(stream);
        }
        long lasts = Math.max(fault.lasts(), PROMOTION_MILLIS);
        streams.values().forEach(watcher -> watcher.expectGap(lasts));
        long since = System.nanoTime();
        master.crash();
        var then = Progress.of(postgres);
        var dead = master;
        restorer.schedule(() -> restore(dead), lasts, TimeUnit.MILLISECONDS);
        awaitTakeover(fault, "Redis", then, since);
    }

    private String streamOf(HostFault fault) {
        var partitions = List.copyOf(streams.keySet());
        return stream(partitions.get((int) (fault.lasts() % partitions.size())));
    }

    private void moveSlot(HostFault fault) throws Exception {
        long since = System.nanoTime();
        try {
            redis.move(streamOf(fault));
        } catch (IOException e) {
            System.out.println(
                    "hosts: a slot was not moved, because a server of the cluster is away: " + e.getMessage());
            return;
        }
        awaitTakeover(fault, streamOf(fault), Progress.of(postgres), since);
    }

    private void restore(Member victim, Kind kind) {
        try {
            victim.restore(kind, postgresHost, redisHost);
        } catch (IOException e) {
            findings.check(Invariant.LOUD_STOP, false, "the harness cannot undo %s of %s: %s", kind, victim, e);
        }
        lost.remove(victim);
    }

    private void restore(RedisServer dead) {
        try {
            dead.start();
        } catch (IOException e) {
            findings.check(Invariant.LOUD_STOP, false, "the harness cannot start Redis again: %s", e);
        }
    }

    /** Whoever does the job, as soon as a host that serves clients is ready beside it. */
    private Member victim(Job job) {
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(ABSENCE_MILLIS);
        while (System.nanoTime() < deadline) {
            var ready = new HashSet<>(members);
            ready.removeAll(lost.keySet());
            ready.removeIf(member -> !member.isReady());
            for (var member : working(1_000).get(job)) {
                if (ready.contains(member) && ready.stream().anyMatch(other -> other != member && other.serves())) {
                    return member;
                }
            }
        }
        throw new AssertionError("nobody does " + job + ", or no other host is ready: "
                + members.stream().map(Member::state).toList());
    }

    /** Whose processes count some of each job within the next milliseconds. */
    private Map<Job, List<Member>> working(long millis) {
        var before = count();
        Pause.millis(millis);
        var after = count();
        var working = new EnumMap<Job, List<Member>>(Job.class);
        for (var job : Job.values()) {
            working.put(
                    job,
                    members.stream()
                            .filter(member -> job.done(after.get(member)) > job.done(before.get(member)))
                            .toList());
        }
        return working;
    }

    /** What each process has counted since it started; nothing where it does not answer. */
    private Map<Member, Map<String, Double>> count() {
        var counted = new HashMap<Member, Map<String, Double>>();
        for (var member : members) {
            try {
                counted.put(member, lost.containsKey(member) ? Map.of() : member.metrics());
            } catch (IOException e) {
                counted.put(member, Map.of());
            }
        }
        return counted;
    }

    private void awaitReady() {
        eventually(
                Duration.ofMillis(ABSENCE_MILLIS),
                () -> "all hosts are ready: "
                        + members.stream().map(Member::state).toList(),
                () -> members.stream().allMatch(Member::isReady));
    }

    /** Compares everything with everything, once nobody books any more. */
    void judge() throws Exception {
        long calm = System.nanoTime();
        load.pause();
        var level = new Level();
        findings.check(Invariant.LEVEL, level.await(postgres) >= 0, "%s", level.state());
        while (history.size() < Progress.of(postgres).committed()
                && System.nanoTime() - calm < TimeUnit.MINUTES.toNanos(1)) {
            Pause.millis(20);
        }
        Pause.millis(500); // for the watcher to see the end of the stream
        streams.values().forEach(StreamWatcher::finish);
        keyedWriter.judge(history, findings);
        new Verdict(postgres, history, findings).judge(acknowledgements.read());
        for (var member : members) {
            member.program().judge(findings, alarm -> false);
        }
    }

    Findings findings() {
        return findings;
    }

    List<Takeover> takeovers() {
        return takeovers;
    }

    long acknowledged() {
        return acknowledgements.count();
    }

    long refusedSaves() throws IOException {
        return postgres.refusedSaves();
    }

    @Override
    public void close() throws IOException {
        restorer.shutdownNow();
        load.close();
        watchers.forEach(Watcher::close);
        acknowledgements.close();
        network.close();
    }
}
