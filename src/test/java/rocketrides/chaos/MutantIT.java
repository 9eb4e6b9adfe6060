package rocketrides.chaos;

import static java.util.concurrent.TimeUnit.HOURS;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static rocketrides.testing.Eventually.eventually;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import rocketrides.chaos.Findings.Invariant;
import rocketrides.chaos.ScheduledFault.Kind;
import rocketrides.config.Settings.Delivery;
import rocketrides.testing.Disk;
import rocketrides.testing.Pause;
import rocketrides.testing.RedisGroup;

/** The program broken on purpose. Must hold: the harness sees it, by the invariant that the break is about. */
@Timeout(value = 3, unit = HOURS)
class MutantIT {
    private static final int RIDES_PER_SECOND = 200;

    @Test
    void twoConsumersOfOneNameCountTwiceIfTheCheckpointMayMoveFromAnywhere() throws Exception {
        try (var run = run(ChaosMutant.LOOSE_CHECKPOINT)) {
            run.round(schedule(fault(500, Kind.PAUSE, "twin", 300), fault(1_500, Kind.CUT_POSTGRES, "consumers", 0)));
            assertBroken(run, Invariant.ON_THE_CURVE);
            assertBroken(run, Invariant.TOTALS_EXACT);
        }
    }

    @Test
    void ridesAreMissingIfAGapIsSkipped() throws Exception {
        try (var run = run(ChaosMutant.SKIPPED_ARCHIVE)) {
            run.round(schedule(
                    fault(500, Kind.PAUSE, "twin", 1_500),
                    fault(500, Kind.PAUSE, "consumers", 1_500),
                    fault(1_500, Kind.REDIS_FLUSH, "redis", 0),
                    fault(3_000, Kind.CUT_REDIS, "consumers", 0)));
            assertBroken(run, Invariant.ON_THE_CURVE);
            assertBroken(run, Invariant.TOTALS_EXACT);
        }
    }

    @Test
    void theStreamHasAGapIfSegmentsAreMarkedBeforeTheyArePublished() throws Exception {
        try (var run = run(ChaosMutant.MARK_BEFORE_PUBLISH)) {
            run.round(schedule(
                    fault(500, Kind.HOLE_REDIS, "streamer", 700),
                    fault(500, Kind.HOLE_REDIS, "second", 700),
                    fault(4_000, Kind.CUT_REDIS, "consumers", 0)));
            assertBroken(run, Invariant.IN_ORDER);
        }
    }

    @Test
    void ridesOfAnAbandonedHistoryAreCountedIfNobodyLooksAtIt() throws Exception {
        try (var run = run(ChaosMutant.UNCHECKED_HISTORY)) {
            run.load.resume();
            var postgres = run.cluster.postgres();
            Pause.millis(1_000);
            run.load.pause();
            postgres.stop("fast");
            var kept = postgres.copy("kept");
            postgres.start();
            run.load.resume();
            Pause.millis(2_000);
            run.fork(() -> {
                postgres.replaceDataBy(kept);
                postgres.start();
            });
            Pause.millis(3_000);
            run.calm(acknowledged -> false);
            assertBroken(run, Invariant.ON_THE_CURVE);
            assertBroken(run, Invariant.TOTALS_EXACT);
        }
    }

    @Test
    void recordsOfOneKeyAreOutOfOrderIfTheirPartitionIsRandom() throws Exception {
        var home = Path.of("target", "chaos", "RANDOM_PARTITION").toAbsolutePath();
        Disk.delete(home);
        try (var run = new ChaosRun(home, options(3), ChaosRun.REAL)) {
            try (var connection = run.cluster.postgres().connect();
                    var statement = connection.createStatement()) {
                statement.execute("CREATE OR REPLACE FUNCTION partition_of(key text) RETURNS smallint LANGUAGE sql AS"
                        + " 'SELECT floor(random() * 3)::smallint'");
            }
            run.round(schedule(fault(3_000, Kind.CUT_REDIS, "consumers", 0)));
            assertBroken(run, Invariant.ORDER_BY_KEY);
        }
    }

    private static ChaosRun run(ChaosMutant mutant) throws Exception {
        var home = Path.of("target", "chaos", mutant.toString()).toAbsolutePath();
        Disk.delete(home);
        var classes = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        var broken = List.of("-cp", classes, MutantMain.class.getName(), mutant.toString());
        var run = new ChaosRun(
                home,
                options(1),
                process -> mutant.processes.contains(process) ? broken : ChaosRun.REAL.apply(process));
        eventually(Duration.ofMinutes(2), () -> "the mutants work", () -> works(run, mutant));
        return run;
    }

    private static ChaosRun.Options options(int partitions) {
        return new ChaosRun.Options(
                Delivery.AT_LEAST_ONCE, RedisGroup.Kind.ALONE, partitions, 5, RIDES_PER_SECOND, "7d");
    }

    private static boolean works(ChaosRun run, ChaosMutant mutant) throws IOException {
        for (var process : mutant.processes) {
            if (!run.cluster.role(process).program().output().contains(MutantMain.WORKS)) {
                return false;
            }
        }
        return true;
    }

    private static void assertBroken(ChaosRun run, Invariant invariant) {
        System.out.println("caught by " + invariant + ": " + run.findings.broken(invariant) + " of "
                + run.findings.checks(invariant) + " checks");
        assertTrue(run.findings.broken(invariant) > 0, () -> invariant + " has not seen it: " + run.findings.details());
    }

    private static Schedule schedule(ScheduledFault... faults) {
        return new Schedule(0, new ArrayList<>(List.of(faults)));
    }

    private static ScheduledFault fault(long at, Kind kind, String target, long lasts) {
        return new ScheduledFault(1, at, kind, target, lasts, 0);
    }
}
