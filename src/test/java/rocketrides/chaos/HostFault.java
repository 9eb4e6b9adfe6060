package rocketrides.chaos;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * A host that is lost and comes back.
 *
 * @param pause milliseconds after the previous host was replaced
 * @param job the host that does this is the victim
 * @param lasts milliseconds until the fault is undone
 */
record HostFault(long pause, Kind kind, Job job, long lasts) {

    /** How a host is lost. */
    enum Kind {
        /** kill -9 of all its processes, which are started again later. */
        KILL,
        /** Its processes are stopped, and continue later with outdated state. */
        PAUSE,
        /** The host sees that it has no network. */
        LINK_DOWN,
        /** All packets between this host and the others are dropped. */
        BLACK_HOLE,
        /** Packets from Postgres to it are dropped; clients and Redis reach it. */
        POSTGRES_SILENT,
        /** Packets from Redis to it are dropped; clients and Postgres reach it. */
        REDIS_SILENT,
        /** Not a host, but the server with a stream: kill -9, and a start when another one has replaced it. */
        REDIS_MASTER,
        /** Not a host, but the slot of a stream: moved to another master of the cluster. */
        SLOT_MOVED;

        /** Whether the victim is a host. */
        boolean hitsHost() {
            return this != REDIS_MASTER && this != SLOT_MOVED;
        }

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    /** Work that one host does for all, or several for a partition each, and the counter of its process that grows meanwhile. */
    enum Job {
        PUBLISHING("rocketrides_segments_published_total"),
        CONSUMER0("rocketrides_consumer_batches_total{consumer=\"consumer0"),
        CONSUMER1("rocketrides_consumer_batches_total{consumer=\"consumer1");

        private final String counter;

        Job(String counter) {
            this.counter = counter;
        }

        /** How much of it a process has done, of all partitions. */
        double done(Map<String, Double> metrics) {
            return metrics.entrySet().stream()
                    .filter(metric -> metric.getKey().startsWith(counter))
                    .mapToDouble(Map.Entry::getValue)
                    .sum();
        }
    }

    /** Enough faults for {@code millis}. Short ones are more frequent than long ones, which last up to two minutes. */
    static List<HostFault> schedule(long seed, long millis, List<Kind> kinds) {
        var random = new SplittableRandom(seed);
        var faults = new ArrayList<HostFault>();
        for (long at = 0; at < millis; ) {
            long lasts = 100 + Math.round(Math.pow(random.nextDouble(), 6) * 120_000);
            var fault = new HostFault(
                    random.nextLong(100, 5_000),
                    kinds.get(random.nextInt(kinds.size())),
                    Job.values()[random.nextInt(Job.values().length)],
                    lasts);
            faults.add(fault);
            at += fault.pause + 3_000;
        }
        return faults;
    }
}
