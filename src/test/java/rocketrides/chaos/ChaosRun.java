package rocketrides.chaos;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;
import rocketrides.chaos.Findings.Invariant;
import rocketrides.config.Settings.Delivery;
import rocketrides.testing.Pause;
import rocketrides.testing.RedisGroup;

/**
 * One cluster, one load, and rounds of faults. Each round ends with a calm, in which everything must become level and is
 * then compared with everything else. Schedules, acknowledgements and the output of all processes stay in its directory.
 */
public final class ChaosRun implements AutoCloseable {
    static final Function<String, List<String>> REAL = process -> OwnProgram.real();
    private static final int CLIENTS = 16;
    private static final int LEVEL_MILLIS = 30_000;

    final Cluster cluster;
    final Findings findings = new Findings();
    final Acknowledgements acknowledgements;
    final Load load;
    final List<String> seeds = new ArrayList<>();
    private final String name;
    private ObservedLogs history = new ObservedLogs(findings);
    private PostgresWatcher postgresWatcher;
    private final List<StreamWatcher> streamWatchers = new ArrayList<>();
    private final KeyedWriter keyedWriter;
    private final FaultInjector injector;
    private final long began = System.nanoTime();
    private long worstLevel;
    private Verdict verdict;
    private boolean forked;
    private long acknowledgedBeforeTheFork;

    /** {@code redis}: one or a Cluster. {@code perSecond}: rides. {@code retention}: of segments. */
    record Options(
            Delivery delivery, RedisGroup.Kind redis, int partitions, long seed, int perSecond, String retention) {

        /** For people and files. */
        String name() {
            return redis == RedisGroup.Kind.ALONE ? delivery.toString() : delivery + "-" + redis;
        }
    }

    /** {@code program}: see {@link Cluster}. */
    public ChaosRun(Path home, Options options, Function<String, List<String>> program) throws Exception {
        name = options.name();
        cluster = new Cluster(home, options, program);
        try {
            cluster.start();
            acknowledgements = new Acknowledgements(home.resolve("acknowledged"));
            load = new Load(List.of(cluster.api()), "chaos-" + options.seed, acknowledgements, findings);
            load.start(CLIENTS, options.perSecond);
        } catch (Exception e) {
            cluster.close();
            throw e;
        }
        postgresWatcher = new PostgresWatcher(cluster.postgres(), history, findings);
        for (int partition = 0; partition < options.partitions; partition++) {
            var stream = cluster.streams().get(partition);
            streamWatchers.add(new StreamWatcher(
                    () -> cluster.redis().masterOf(stream).connect(),
                    stream,
                    history.of(partition),
                    findings,
                    options.delivery == Delivery.IDEMPOTENT));
        }
        keyedWriter = new KeyedWriter(cluster::postgres, load, acknowledgements);
        injector = new FaultInjector(cluster, streamWatchers, findings);
        postgresWatcher.start();
        streamWatchers.forEach(Watcher::start);
        keyedWriter.start();
    }

    /** Faults under load, then calm, then judgement. */
    public void round(Schedule schedule) throws Exception {
        seeds.add(schedule.seed() + " (" + schedule.hash() + ")");
        Files.writeString(
                cluster.home().resolve("schedules"),
                "seed " + schedule.seed() + ", hash " + schedule.hash() + "\n" + schedule.text(),
                StandardOpenOption.CREATE,
                StandardOpenOption.APPEND);
        System.out.println("chaos: " + name + ", seed " + schedule.seed() + ", schedule " + schedule.hash() + ", "
                + schedule.faults().size() + " faults");
        load.resume();
        injector.run(schedule);
        calm(all -> true);
    }

    /**
     * Gives Postgres another history: the step leaves it running with less than what clients were told. Everything is
     * compared with the new history from then on, but for the stream, which may keep entries of the old one.
     */
    void fork(Step step) throws Exception {
        cluster.postgres().crash();
        load.pause();
        acknowledgedBeforeTheFork = acknowledgements.count();
        postgresWatcher.close();
        streamWatchers.forEach(Watcher::close);
        step.run();
        forked = true;
        history = new ObservedLogs(findings);
        postgresWatcher = new PostgresWatcher(cluster.postgres(), history, findings);
        postgresWatcher.start();
        load.resume();
    }

    long acknowledgedBeforeTheFork() {
        return acknowledgedBeforeTheFork;
    }

    /** Postgres is another server from now on, which has everything that the one before had told anybody. */
    void moved(PostgresServer successor) throws Exception {
        cluster.failOver(successor);
        postgresWatcher.close();
        postgresWatcher = new PostgresWatcher(successor, history, findings);
        postgresWatcher.start();
    }

    /** A part of a test. */
    interface Step {
        void run() throws Exception;
    }

    /** Everything must become level now; then compares it with the acknowledged rides that must be there. */
    void calm(Predicate<Map.Entry<Long, Long>> mustBeThere) throws Exception {
        long calm = System.nanoTime();
        load.pause();
        level(calm);
        judge(mustBeThere);
    }

    /** {@code calm}: when the last fault was undone. */
    private void level(long calm) {
        var level = new Level();
        long waited = level.await(cluster.postgres());
        long millis = (System.nanoTime() - calm) / 1_000_000;
        worstLevel = Math.max(worstLevel, millis);
        findings.check(
                Invariant.LEVEL,
                waited >= 0 && millis <= LEVEL_MILLIS,
                "after %d ms: %s%s",
                millis,
                level.state(),
                waited >= 0 ? " (level now)" : "");
    }

    private void judge(Predicate<Map.Entry<Long, Long>> mustBeThere) throws Exception {
        long deadline = System.nanoTime() + 20_000_000_000L;
        while (history.size() < head() && System.nanoTime() < deadline) {
            Pause.millis(20);
        }
        Pause.millis(500); // for the watchers to see the end of the stream
        if (!forked) { // what it had not compared by then was committed only where nobody can look any more
            streamWatchers.forEach(StreamWatcher::finish);
        }
        keyedWriter.judge(history, findings);
        verdict = new Verdict(cluster.postgres(), history, findings);
        var expected = new HashMap<>(acknowledgements.read());
        expected.entrySet().removeIf(mustBeThere.negate());
        verdict.judge(expected);
        for (var role : cluster.roles()) {
            role.program().judge(findings, alarm -> forked && alarm.contains("went back"));
        }
    }

    private long head() throws Exception {
        try (var connection = cluster.postgres().connect();
                var statement = connection.createStatement();
                var rows = statement.executeQuery("SELECT sum(next_offset - 1) FROM log_head")) {
            rows.next();
            return rows.getLong(1);
        }
    }

    Summary summary() throws IOException {
        return new Summary(
                name,
                injector.done(),
                acknowledgements.count(),
                load.sent(),
                load.keepsKeys(),
                verdict.unacknowledged(),
                verdict.lost(),
                verdict.twice(),
                cluster.postgres().refusedSaves(),
                worstLevel,
                (System.nanoTime() - began) / 1_000_000_000,
                findings,
                seeds);
    }

    @Override
    public void close() throws IOException {
        load.close();
        keyedWriter.close();
        postgresWatcher.close();
        streamWatchers.forEach(Watcher::close);
        acknowledgements.close();
        cluster.close();
    }
}
