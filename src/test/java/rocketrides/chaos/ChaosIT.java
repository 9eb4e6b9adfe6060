package rocketrides.chaos;

import static java.util.concurrent.TimeUnit.HOURS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import rocketrides.chaos.ScheduledFault.Kind;
import rocketrides.config.Settings.Delivery;
import rocketrides.testing.Disk;
import rocketrides.testing.RedisGroup;

/**
 * The real jar as five processes, with seeded schedules of faults, in both delivery modes. {@code -Dchaos.seed=} and
 * {@code -Dchaos.minutes=} repeat a run; {@code -Dchaos.partitions=} is for both modes; {@code -Dchaos.redis=} asks for one
 * kind of Redis, {@code ALONE} or {@code CLUSTER}. Its files are in {@code target/chaos}.
 */
@Timeout(value = 3, unit = HOURS)
class ChaosIT {
    private static final double MINUTES = Double.parseDouble(System.getProperty("chaos.minutes", "1"));
    private static final int FAULTS_PER_MINUTE = Integer.getInteger("chaos.faults-per-minute", 34);
    private static final int RIDES_PER_SECOND = Integer.getInteger("chaos.rides-per-second", 300);
    private static final long ROUND_MILLIS = 120_000;

    @Test
    void everyAcknowledgedRideIsCountedOnceByEveryConsumerWhateverBreaks() throws Exception {
        long seed = Long.getLong("chaos.seed", 20_261_123L);
        var seeds = new SplittableRandom(seed);
        System.out.println("chaos: seed " + seed + ", " + MINUTES + " minutes");
        var summaries = new ArrayList<Summary>();
        for (var redis : kindsOfRedis()) {
            for (var delivery : Delivery.values()) {
                summaries.add(run(delivery, redis, seeds));
            }
        }
        var table = Summary.table(summaries);
        System.out.println("\n" + table);
        Files.writeString(Path.of("target", "chaos", "summary.md"), table);
        for (var summary : summaries) {
            assertEquals(
                    Map.of(),
                    summary.findings().brokenOnes(),
                    () -> String.join("\n", summary.findings().details()));
            assertEquals(0, summary.lost());
            assertEquals(0, summary.twice());
            assertTrue(summary.acknowledged() > 0 && summary.faultCount() > 0, table);
        }
    }

    /** The short run, which is a part of {@code verify}, is on one Redis. */
    private static List<RedisGroup.Kind> kindsOfRedis() {
        var asked = System.getProperty("chaos.redis");
        if (asked != null) {
            return List.of(RedisGroup.Kind.valueOf(asked));
        }
        return MINUTES > 1 ? List.of(RedisGroup.Kind.ALONE, RedisGroup.Kind.CLUSTER) : List.of(RedisGroup.Kind.ALONE);
    }

    private static Summary run(Delivery delivery, RedisGroup.Kind redis, SplittableRandom seeds) throws Exception {
        long left = Math.round(
                MINUTES * 60_000 / Delivery.values().length / kindsOfRedis().size());
        var options = new ChaosRun.Options(
                delivery, redis, partitions(delivery, redis), seeds.nextLong(), RIDES_PER_SECOND, "1m");
        var home = Path.of("target", "chaos", options.name()).toAbsolutePath();
        Disk.delete(home);
        try (var run = new ChaosRun(home, options, ChaosRun.REAL)) {
            while (left > 0) {
                long millis = left < 2 * ROUND_MILLIS ? left : ROUND_MILLIS;
                int faults = (int) Math.max(1, millis * FAULTS_PER_MINUTE / 60_000);
                run.round(Schedule.of(seeds.nextLong(), millis, faults, Kind.of(redis)));
                left -= millis;
            }
            return run.summary();
        }
    }

    private static int partitions(Delivery delivery, RedisGroup.Kind redis) {
        int alone = delivery == Delivery.IDEMPOTENT ? 3 : 1;
        return Integer.getInteger("chaos.partitions", redis == RedisGroup.Kind.CLUSTER ? 4 : alone);
    }

    @ParameterizedTest
    @EnumSource(names = {"ALONE", "CLUSTER"})
    void theSameSeedGivesTheSameSchedule(RedisGroup.Kind redis) {
        var kinds = Kind.of(redis);
        var once = Schedule.of(7, 60_000, 100, kinds);
        assertEquals(once.hash(), Schedule.of(7, 60_000, 100, kinds).hash());
        assertNotEquals(once.hash(), Schedule.of(8, 60_000, 100, kinds).hash());
        var many = Schedule.of(7, 60_000, 5_000, kinds).faults();
        for (var kind : kinds) {
            assertTrue(many.stream().filter(fault -> fault.kind() == kind).count() > 20, kind::toString);
        }
        assertTrue(List.copyOf(many).stream().allMatch(fault -> fault.at() < 60_000));
    }
}
