package rocketrides.chaos;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;

/**
 * A host that is lost, and comes back.
 *
 * @param pause milliseconds after the host before was replaced
 * @param job whoever does it is the victim
 * @param lasts milliseconds until it is undone
 */
record HostFault(long pause, Kind kind, Job job, long lasts) {

    /** How a host can be lost. */
    enum Kind {
        /** kill -9 of everything on it; started again. */
        KILL,
        /** Stopped, and continued with the beliefs that it had. */
        PAUSE,
        /** It sees that it has no network. */
        LINK_DOWN,
        /** Everything between it and all others vanishes. */
        BLACK_HOLE,
        /** What Postgres sends to it vanishes; clients and Redis reach it. */
        POSTGRES_SILENT,
        /** What Redis sends to it vanishes; clients and Postgres reach it. */
        REDIS_SILENT,
        /** No host, but the server that has the stream: kill -9, and started again when another one has its place. */
        REDIS_MASTER;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    /** What one host does for all, and the counter of its process that grows while it does. */
    enum Job {
        PUBLISHING("rocketrides_segments_published_total"),
        CONSUMER0("rocketrides_consumer_batches_total{consumer=\"consumer0\"}"),
        CONSUMER1("rocketrides_consumer_batches_total{consumer=\"consumer1\"}");

        final String counter;

        Job(String counter) {
            this.counter = counter;
        }
    }

    /** Enough for so many milliseconds; short ones are more frequent than long ones, which last up to two minutes. */
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
