package rocketrides.chaos;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import rocketrides.chaos.Findings.Invariant;
import rocketrides.chaos.HostFault.Job;
import rocketrides.chaos.HostFault.Kind;

/**
 * Three hosts share the work, a Postgres and a Redis, each of which has a host of its own. Clients book rides at two of the
 * three. One host after another is lost, the next one perhaps before the last one is back; one that serves clients is
 * always left.
 */
final class HostsRun implements AutoCloseable {
    private static final int CLIENTS = 16;
    private static final long TAKEOVER_MILLIS = 5_000;
    private static final long LIMIT_MILLIS = 60_000;

    /** One lost host. */
    record Takeover(HostFault fault, String victim, long millis) {}

    private final Network network;
    private final Host postgresHost;
    private final Host redisHost;
    private final PostgresServer postgres;
    private final RedisServer redis;
    private final List<Member> members = new ArrayList<>();
    private final Set<Member> lost = ConcurrentHashMap.newKeySet();
    private final ScheduledExecutorService restorer = Executors.newSingleThreadScheduledExecutor();
    private final Findings findings = new Findings();
    private final Acknowledgements acknowledgements;
    private final Load load;
    private final List<Watcher> watchers;
    private final StreamWatcher streamWatcher;
    private final ObservedLog history = new ObservedLog(findings);
    private final List<Takeover> takeovers = new ArrayList<>();

    HostsRun(Path home, int perSecond) throws Exception {
        Files.createDirectories(home);
        network = new Network();
        try {
            postgresHost = network.host("postgres");
            redisHost = network.host("redis");
            postgres = PostgresServer.create(home, Cluster.BINARIES, postgresHost.place());
            redis = RedisServer.create(home.resolve("redis-server"), Cluster.BINARIES, redisHost.place());
            postgres.start();
            redis.start();
            for (int i = 1; i <= 3; i++) {
                members.add(member("host" + i, home, i <= 2));
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
            load.start(CLIENTS, perSecond);
        } catch (Exception e) {
            network.close();
            throw e;
        }
        streamWatcher = new StreamWatcher(redis, history, findings, true);
        watchers = List.of(
                new PostgresWatcher(postgres, history, findings), streamWatcher, new AuditWatcher(members, findings));
        watchers.forEach(Watcher::start);
    }

    private Member member(String name, Path home, boolean serves) throws IOException {
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
                serves ? "1" : "0");
        var program = new ArrayList<>(OwnProgram.real());
        program.addAll(List.of(
                "--conf", Path.of("conf", "production.yaml").toAbsolutePath().toString()));
        return new Member(name, host, new OwnProgram(name, home, host.place(), program, environment), serves);
    }

    /** Faults under load; when it returns, all hosts are back and ready. */
    void run(List<HostFault> schedule, long millis) throws Exception {
        awaitReady(members.size());
        load.resume();
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        for (var fault : schedule) {
            if (System.nanoTime() > end) {
                break;
            }
            Pause.millis(fault.pause());
            lose(fault);
        }
        long deadline = System.nanoTime() + TimeUnit.MINUTES.toNanos(5);
        while (!lost.isEmpty() && System.nanoTime() < deadline) {
            Pause.millis(20);
        }
        awaitReady(members.size());
    }

    private void lose(HostFault fault) throws Exception {
        var victim = victim(fault.job());
        lost.add(victim);
        long since = System.nanoTime();
        victim.hit(fault.kind(), postgresHost, redisHost);
        var then = Progress.of(postgres);
        restorer.schedule(() -> restore(victim, fault.kind()), fault.lasts(), TimeUnit.MILLISECONDS);
        long millis = awaitTakeover(then, since, fault.kind());
        takeovers.add(new Takeover(fault, victim.toString(), millis));
        System.out.println("hosts: " + victim + " " + fault.kind() + " for " + fault.lasts() + " ms, does "
                + fault.job() + ": taken over after " + millis + " ms");
        findings.check(
                Invariant.TAKEN_OVER,
                millis <= TAKEOVER_MILLIS,
                "%s of %s, which did %s: %d ms",
                fault.kind(),
                victim,
                fault.job(),
                millis);
    }

    private void restore(Member victim, Kind kind) {
        try {
            victim.restore(kind, postgresHost, redisHost);
        } catch (IOException e) {
            findings.check(Invariant.LOUD_STOP, false, "the harness cannot undo %s of %s: %s", kind, victim, e);
        }
        lost.remove(victim);
    }

    /** Whoever does the job, as soon as a host that serves clients is ready beside it. */
    private Member victim(Job job) {
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(LIMIT_MILLIS);
        while (System.nanoTime() < deadline) {
            var ready = new HashSet<>(members);
            ready.removeAll(lost);
            ready.removeIf(member -> !member.isReady());
            for (var member : working(job, 1_000)) {
                if (ready.contains(member) && ready.stream().anyMatch(other -> other != member && other.serves())) {
                    return member;
                }
            }
        }
        throw new AssertionError("nobody does " + job + ", or no other host is ready");
    }

    /** Those whose process has counted some of this work within the next milliseconds. */
    private List<Member> working(Job job, long millis) {
        var before = new HashMap<Member, Double>();
        members.forEach(member -> before.put(member, count(member, job)));
        Pause.millis(millis);
        return members.stream()
                .filter(member -> count(member, job) > before.get(member))
                .toList();
    }

    /** Not a number, which is never greater than another, where the host does not answer. */
    private double count(Member member, Job job) {
        try {
            return lost.contains(member) ? Double.NaN : member.metrics().getOrDefault(job.counter, 0.0);
        } catch (IOException e) {
            return Double.NaN;
        }
    }

    /** What is committed from now on must be published, unless Redis is what is lost, and counted by every consumer. */
    private long awaitTakeover(Progress then, long since, Kind kind) throws SQLException {
        long deadline = since + TimeUnit.MILLISECONDS.toNanos(LIMIT_MILLIS);
        while (System.nanoTime() < deadline) {
            var now = Progress.of(postgres);
            boolean published = kind == Kind.REDIS_SILENT || now.published() > then.committed();
            if (published && now.counted() > then.committed()) {
                break;
            }
            Pause.millis(20);
        }
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - since);
    }

    private void awaitReady(int hosts) {
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(LIMIT_MILLIS);
        while (members.stream().filter(Member::isReady).count() < hosts) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("not all hosts are ready");
            }
            Pause.millis(50);
        }
    }

    /** Compares everything with everything, once nobody books any more. */
    void judge() throws Exception {
        long calm = System.nanoTime();
        load.pause();
        var level = new Level();
        findings.check(Invariant.LEVEL, level.await(postgres) >= 0, "%s", level.state());
        while (history.head() < Progress.of(postgres).committed()
                && System.nanoTime() - calm < TimeUnit.MINUTES.toNanos(1)) {
            Pause.millis(20);
        }
        Pause.millis(500); // for the watcher to see the end of the stream
        streamWatcher.finish();
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

    @Override
    public void close() throws IOException {
        restorer.shutdownNow();
        load.close();
        watchers.forEach(Watcher::close);
        acknowledgements.close();
        network.close();
    }
}
