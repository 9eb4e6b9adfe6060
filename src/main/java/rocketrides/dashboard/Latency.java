package rocketrides.dashboard;

import io.vertx.core.json.JsonObject;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * The time from a record's transaction to one consumer's commit, over all partitions. Each sample is a record whose offset
 * and time of writing were read from the log. The sample ends when the consumer reports a checkpoint at or after that
 * offset, however late. Percentiles cover the samples that ended in the last 30 s. All times come from one clock, in ms.
 */
final class Latency {
    private static final long WINDOW_MILLIS = 30_000;
    private static final int KEPT = 5_000;

    private final Map<Integer, Way> ways = new HashMap<>();
    private final Deque<Ended> ended = new ArrayDeque<>();

    private record Ended(double at, double millis) {}

    /** The way of the checkpoint through one partition. */
    private static final class Way {
        /** When the checkpoint reached each offset. */
        private final TreeMap<Long, Double> passes = new TreeMap<>();

        /** When the records after the checkpoint were written. */
        private final TreeMap<Long, Double> underWay = new TreeMap<>();
    }

    private Way way(int partition) {
        return ways.computeIfAbsent(partition, first -> new Way());
    }

    /** The consumer's checkpoint in the partition has reached {@code offset} at that time. */
    void consumed(int partition, long offset, double at) {
        var way = way(partition);
        way.passes.putIfAbsent(offset, at);
        if (way.passes.size() > KEPT) {
            way.passes.pollFirstEntry();
        }
        var reached = way.underWay.headMap(offset, true);
        reached.values().forEach(written -> end(written, at));
        reached.clear();
    }

    /** When the checkpoints had reached all of these offsets, by partition; null if that is not known. */
    Double reached(Map<Integer, Long> offsets) {
        double last = Double.NEGATIVE_INFINITY;
        for (var offset : offsets.entrySet()) {
            var pass = way(offset.getKey()).passes.ceilingEntry(offset.getValue());
            if (pass == null) {
                return null;
            }
            last = Math.max(last, pass.getValue());
        }
        return last;
    }

    /** The record with this offset was written at that time. */
    void sample(int partition, long offset, double written) {
        var way = way(partition);
        var pass = way.passes.ceilingEntry(offset);
        if (pass == null) {
            if (way.underWay.size() < KEPT) {
                way.underWay.put(offset, written);
            }
        } else if (way.passes.firstKey() < offset) {
            // without an older pass, the checkpoint may have passed the record long before, at an unknown time
            end(written, pass.getValue());
        }
    }

    private void end(double written, double at) {
        ended.add(new Ended(at, Math.max(0, at - written)));
        if (ended.size() > KEPT) {
            ended.removeFirst();
        }
    }

    /** {@code {"p50": …, "p99": …}} in milliseconds; null without samples. */
    JsonObject toJson(double now) {
        ended.removeIf(sample -> now - sample.at > WINDOW_MILLIS);
        var sorted = ended.stream().mapToDouble(Ended::millis).sorted().toArray();
        return sorted.length == 0
                ? null
                : new JsonObject().put("p50", percentile(sorted, 0.50)).put("p99", percentile(sorted, 0.99));
    }

    private static double percentile(double[] sorted, double p) {
        return Math.round(sorted[(int) Math.ceil(p * sorted.length) - 1] * 10) / 10.0;
    }
}
