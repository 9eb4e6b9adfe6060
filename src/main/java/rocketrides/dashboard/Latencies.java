package rocketrides.dashboard;

import io.vertx.core.json.JsonObject;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * How long records take from their transaction to each consumer's commit. A sample is a record whose offset and moment of
 * writing were looked up in the log; it ends when the consumer reports a checkpoint at or past that offset, however long
 * that takes. Percentiles are over the samples that ended in the last half minute. All times are of one clock.
 */
final class Latencies {
    private static final long WINDOW_MILLIS = 30_000;
    private static final int KEPT = 5_000;

    private final Map<String, Consumer> consumers = new HashMap<>();

    /** The consumer's checkpoint has reached {@code offset} at that time. */
    void consumed(String name, long offset, double at) {
        consumers.computeIfAbsent(name, n -> new Consumer()).passed(offset, at);
    }

    /** The record with this offset was written at that time. */
    void sample(long offset, double written) {
        consumers.values().forEach(consumer -> consumer.sample(new Sample(offset, written)));
    }

    /** {@code {"p50": …, "p99": …, "samples": …}} in milliseconds; null if there is nothing to say. */
    JsonObject toJson(String name, double now) {
        var consumer = consumers.get(name);
        return consumer == null ? null : consumer.toJson(now);
    }

    private record Sample(long offset, double written) {}

    private record Ended(double at, double millis) {}

    private static final class Consumer {
        private final TreeMap<Long, Double> passes = new TreeMap<>();
        private final Deque<Sample> under = new ArrayDeque<>();
        private final Deque<Ended> ended = new ArrayDeque<>();

        void passed(long offset, double at) {
            passes.putIfAbsent(offset, at);
            if (passes.size() > KEPT) {
                passes.pollFirstEntry();
            }
            for (Iterator<Sample> all = under.iterator(); all.hasNext(); ) {
                var sample = all.next();
                if (sample.offset <= offset) {
                    end(sample, at);
                    all.remove();
                }
            }
        }

        void sample(Sample sample) {
            var pass = passes.ceilingEntry(sample.offset);
            if (pass == null) {
                if (under.size() < KEPT) {
                    under.add(sample);
                }
            } else if (passes.firstKey() < sample.offset) {
                end(sample, pass.getValue()); // else it was passed before we looked, nobody knows when
            }
        }

        private void end(Sample sample, double at) {
            ended.add(new Ended(at, Math.max(0, at - sample.written)));
            if (ended.size() > KEPT) {
                ended.removeFirst();
            }
        }

        JsonObject toJson(double now) {
            ended.removeIf(sample -> now - sample.at > WINDOW_MILLIS);
            if (ended.isEmpty()) {
                return null;
            }
            List<Double> sorted =
                    new ArrayList<>(ended.stream().map(Ended::millis).sorted().toList());
            return new JsonObject()
                    .put("p50", percentile(sorted, 0.50))
                    .put("p99", percentile(sorted, 0.99))
                    .put("samples", sorted.size());
        }

        private static double percentile(List<Double> sorted, double p) {
            var millis = sorted.get((int) Math.ceil(p * sorted.size()) - 1);
            return Math.round(millis * 10) / 10.0;
        }
    }
}
