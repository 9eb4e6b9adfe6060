package rocketrides.chaos;

import static java.util.concurrent.TimeUnit.HOURS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import rocketrides.config.Settings.Delivery;
import rocketrides.testing.Disk;
import rocketrides.testing.Pause;
import rocketrides.testing.RedisGroup;

/**
 * Postgres loses acknowledged commits, under load; no program can restore them. Must hold: log, consumers and rides are
 * of one history, nothing of the abandoned one is counted, and an alarm is logged.
 */
@Timeout(value = 3, unit = HOURS)
class ForkIT {
    private static final long SEED = 3;
    private static final int RIDES_PER_SECOND = 200;
    private static final String SAID = "Postgres was restored or failed over";

    /** Broken: an old data directory is restored, while Redis and all processes continue. */
    @ParameterizedTest
    @EnumSource
    void aRestoredPostgresDoesNotMixWithWhatRedisKeeps(Delivery delivery) throws Exception {
        try (var run = run("restore-" + delivery, delivery)) {
            run.load.resume();
            Pause.millis(2_000);
            run.load.pause();
            var postgres = run.cluster.postgres();
            postgres.stop("fast");
            var kept = postgres.copy("kept");
            postgres.start();
            run.load.resume();
            Pause.millis(3_000);
            run.fork(() -> {
                postgres.replaceDataBy(kept);
                postgres.start();
            });
            Pause.millis(3_000);
            judge(run);
        }
    }

    /** Broken: the primary dies, and a standby is promoted that lacks the latest commits. */
    @Test
    void aLaggingStandbyThatIsPromotedDoesNotMixWithWhatRedisKeeps() throws Exception {
        try (var run = run("standby", Delivery.IDEMPOTENT)) {
            var primary = run.cluster.postgres();
            var standby = standby(primary);
            loseTheTail(run, primary, standby);
            Pause.millis(3_000);
            judge(run);
        }
    }

    /** Broken: the same, and then the address points to the old primary for a while, which still acts as a primary. */
    @Test
    void anOldPrimaryThatComesBackForAWhileDoesNotMixWithItsSuccessor() throws Exception {
        try (var run = run("old-primary", Delivery.IDEMPOTENT)) {
            var primary = run.cluster.postgres();
            var standby = standby(primary);
            loseTheTail(run, primary, standby);
            Pause.millis(2_000);
            primary.start();
            long before = run.acknowledgements.count();
            run.cluster.failOver(primary);
            Pause.millis(3_000);
            assertTrue(run.acknowledgements.count() > before, "the old primary has taken no rides");
            run.cluster.failOver(standby);
            Pause.millis(3_000);
            judge(run);
            primary.close();
        }
    }

    /** Broken: the primary dies, and a standby with all commits is promoted; no process is stopped. */
    @Test
    void aSynchronousStandbyThatIsPromotedLosesNothing() throws Exception {
        try (var run = run("synchronous", Delivery.IDEMPOTENT)) {
            var primary = run.cluster.postgres();
            var standby = standby(primary);
            standby.follow(primary.port());
            standby.start();
            primary.waitForStandby();
            run.load.resume();
            Pause.millis(2_000);
            primary.crash();
            long before = run.acknowledgements.count();
            long crashed = System.nanoTime();
            standby.promote();
            run.moved(standby);
            while (run.acknowledgements.count() < before + RIDES_PER_SECOND && System.nanoTime() - crashed < 60e9) {
                Pause.millis(10);
            }
            System.out.println("BOOKED AGAIN after " + (System.nanoTime() - crashed) / 1_000_000 + " ms");
            run.calm(acknowledged -> true);
            assertEquals(Map.of(), run.findings.brokenOnes(), () -> String.join("\n", run.findings.details()));
            assertTrue(run.acknowledgements.count() > before, "no ride after the failover");
        }
    }

    /** A copy that is not started yet; the primary keeps running. */
    private static PostgresServer standby(PostgresServer primary) throws Exception {
        primary.stop("fast");
        var standby = primary.copy("standby");
        primary.start();
        return standby;
    }

    private static void loseTheTail(ChaosRun run, PostgresServer primary, PostgresServer standby) throws Exception {
        try (var replication = run.cluster.proxy(primary.port())) {
            standby.follow(replication.port());
            standby.start();
            run.load.resume();
            Pause.millis(2_000);
            replication.blackHole(true);
            Pause.millis(3_000);
            run.fork(() -> {
                standby.promote();
                run.cluster.failOver(standby);
            });
        }
    }

    private static ChaosRun run(String name, Delivery delivery) throws Exception {
        var home = Path.of("target", "chaos", name).toAbsolutePath();
        Disk.delete(home);
        return new ChaosRun(
                home,
                new ChaosRun.Options(delivery, RedisGroup.Kind.ALONE, 1, SEED, RIDES_PER_SECOND, "7d"),
                ChaosRun.REAL);
    }

    /** A part of the acknowledged rides of an abandoned history must be gone, otherwise the test is void. */
    private static void judge(ChaosRun run) throws Exception {
        run.load.pause();
        var acknowledged = run.acknowledgements.read();
        // A request that was repeated on the other primary may be in both histories, with a ride of its own in each.
        var lost = new HashSet<>(acknowledged.entrySet());
        var kept = new HashMap<Long, Long>();
        Verdict.eachRide(run.cluster.postgres(), kept::put);
        lost.removeAll(kept.entrySet());
        System.out.println("LOST BY POSTGRES: " + lost.size() + " of " + acknowledged.size()
                + " acknowledged rides are not in the history that goes on");
        assertTrue(!lost.isEmpty() && lost.size() < acknowledged.size(), () -> "lost " + lost.size());
        run.calm(entry -> !lost.contains(entry));
        assertEquals(Map.of(), run.findings.brokenOnes(), () -> String.join("\n", run.findings.details()));
        assertTrue(acknowledged.size() > run.acknowledgedBeforeTheFork(), "no ride after the fork");
        // The other of the two processes with these names may still be backing off.
        assertTrue(
                run.cluster.role("consumers").program().output().contains(SAID)
                        || run.cluster.role("twin").program().output().contains(SAID),
                "nobody said it");
    }
}
