package rocketrides.operations;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import rocketrides.runtime.Events;

/**
 * Counts what this process has done since it started, from its events. Latencies cover only segments whose first step
 * was in this process: a segment that another process sealed has no relay latency here. Use it on one context.
 */
final class EventMeters {
    private static final int MAX_UNDER_WAY = 10_000;

    /** The buckets of all latencies. */
    static final Duration[] BUCKETS = LongStream.of(
                    1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 30_000)
            .mapToObj(Duration::ofMillis)
            .toArray(Duration[]::new);

    private final MeterRegistry registry;
    private final LongSupplier nanoTime;

    private final Map<Integer, Relay> relays = new HashMap<>();

    /** The segments in progress in one partition. */
    private static final class Relay {
        /** The time when a segment was sealed, by its first offset, and in {@link #published}, by its last offset. */
        private final NavigableMap<Long, Long> sealed = new TreeMap<>();

        private final NavigableMap<Long, Long> published = new TreeMap<>();
        private final Map<String, Long> consumedTo = new HashMap<>();

        /** The checkpoint of each consumer after the first reported batch, whose duration is unknown. */
        private final Map<String, Long> consumedFirst = new HashMap<>();

        private long highestPublished;
    }

    /** Registers the counters at 0, so that alerts on them can be written. */
    EventMeters(MeterRegistry registry, LongSupplier nanoTime) {
        this.registry = registry;
        this.nanoTime = nanoTime;
        Stream.of("records.staged", "segments.sealed", "records.sealed", "segments.published", "records.published")
                .forEach(this::counter);
        Stream.of("segments.double.sent", "records.refused").forEach(this::counter);
        relayed();
    }

    /** Counts every event from now on, on the current context. */
    void listen(Vertx vertx) {
        Events.on(vertx, Events.Staged.class, e -> counter("records.staged").increment(e.records()));
        Events.on(vertx, Events.Sealed.class, this::sealed);
        Events.on(vertx, Events.Published.class, this::published);
        Events.on(vertx, Events.Consumed.class, this::consumed);
        Events.on(vertx, Events.Failed.class, e -> counter(
                        "failures.injected", "point", e.point().toString(), "role", e.role())
                .increment());
    }

    private void sealed(Events.Sealed event) {
        counter("segments.sealed").increment();
        counter("records.sealed").increment(event.count());
        put(relay(event.partition()).sealed, event.firstOffset());
    }

    private void published(Events.Published event) {
        counter("segments.published").increment();
        counter("records.published").increment(event.count());
        counter("records.refused").increment(event.refused());
        var relay = relay(event.partition());
        if (event.firstOffset() <= relay.highestPublished) {
            counter("segments.double.sent").increment();
            return;
        }
        relay.highestPublished = event.lastOffset();
        var since = relay.sealed.remove(event.firstOffset());
        if (since != null) {
            long relayed = nanoTime.getAsLong() - since;
            relayed().record(relayed, TimeUnit.NANOSECONDS);
            recordFasterConsumers(relay, event.lastOffset(), relayed);
        }
        put(relay.published, event.lastOffset());
    }

    /**
     * A consumer's save may be reported before the reply of Redis to the publisher. Its latency is then at most the
     * relay's.
     */
    private void recordFasterConsumers(Relay relay, long offset, long relayed) {
        relay.consumedTo.forEach((consumer, to) -> {
            if (to >= offset && relay.consumedFirst.get(consumer) < offset) {
                latency(consumer).record(relayed, TimeUnit.NANOSECONDS);
            }
        });
    }

    private void consumed(Events.Consumed event) {
        var consumer = event.consumer();
        counter("consumer.records.applied", "consumer", consumer).increment(event.applied());
        counter("consumer.records.duplicates", "consumer", consumer).increment(event.duplicates());
        counter("consumer.records.healed", "consumer", consumer).increment(event.healed());
        counter("consumer.records.rejected", "consumer", consumer).increment(event.rejected());
        counter("consumer.batches", "consumer", consumer).increment();
        var relay = relay(event.partition());
        var before = relay.consumedTo.put(consumer, event.offset());
        relay.consumedFirst.putIfAbsent(consumer, event.offset());
        if (before != null && before < event.offset()) {
            var latency = latency(consumer);
            long now = nanoTime.getAsLong();
            relay.published
                    .subMap(before, false, event.offset(), true)
                    .values()
                    .forEach(since -> latency.record(now - since, TimeUnit.NANOSECONDS));
        }
    }

    private void put(NavigableMap<Long, Long> times, long offset) {
        times.put(offset, nanoTime.getAsLong());
        if (times.size() > MAX_UNDER_WAY) {
            times.pollFirstEntry();
        }
    }

    private Timer latency(String consumer) {
        return timer("consumer.latency", "consumer", consumer);
    }

    private Relay relay(int partition) {
        return relays.computeIfAbsent(partition, first -> new Relay());
    }

    private Timer relayed() {
        return timer("relay.latency", "stage", "sealed-to-published");
    }

    private Counter counter(String name, String... tags) {
        return registry.counter("rocketrides." + name, tags);
    }

    private Timer timer(String name, String... tags) {
        return Timer.builder("rocketrides." + name)
                .tags(tags)
                .serviceLevelObjectives(BUCKETS)
                .register(registry);
    }
}
