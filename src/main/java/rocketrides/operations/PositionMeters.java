package rocketrides.operations;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.function.ToDoubleBiFunction;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import rocketrides.status.Books.Quantity;
import rocketrides.status.Partition;
import rocketrides.status.Status;

/**
 * Gauges for the position of the log and the result of the last audit. They are read from Postgres, so they are equal
 * in all processes. While Postgres cannot be reached, positions are NaN or, where they have labels, missing, because an
 * old number would look like a current one. The audit has its own gauge for its age.
 */
final class PositionMeters {
    private final MeterRegistry registry;
    private final Duration kept;
    private final Map<String, MultiGauge> gauges = new TreeMap<>();
    private volatile Status last;
    private volatile Status audited;

    /**
     * @param quantities of the books; without any, there are no gauges of the audit
     * @param kept a consumer that still needs an older segment holds retention back
     */
    PositionMeters(MeterRegistry registry, List<Quantity> quantities, Duration kept) {
        this.registry = registry;
        this.kept = kept;
        position("staged.records", Status::staged);
        position("staged.oldest.age.seconds", s -> seconds(s.stagedFor()));
        position(
                "log.oldest.segment.age.seconds",
                s -> s.log().oldest() == null ? 0 : seconds(s.log().oldest().age()));
        position(
                "stream.entries",
                s -> s.log().streamEntries() == null ? Double.NaN : s.log().streamEntries());
        if (!quantities.isEmpty()) {
            audit("balanced", s -> s.balanced() ? 1 : 0);
            audit("age.seconds", s -> seconds(Duration.between(s.at(), Instant.now())));
        }
        for (var quantity : quantities) {
            audit(
                    "unaccounted." + quantity.name(),
                    s -> s.unaccounted().amounts().get(quantity).doubleValue());
        }
    }

    /** {@code now}: null if it could not be read. */
    void show(Status now) {
        last = now;
        if (now == null) {
            gauges.values().forEach(gauge -> gauge.register(List.of(), true));
            return;
        }
        perPartition("head.offset", now, Partition::headOffset);
        perPartition("published.offset", now, Partition::publishedOffset);
        perPartition("beginning.offset", now, Partition::beginning);
        perPartition("unpublished.records", now, Partition::unpublished);
        perInstance("offset", now, (consumer, partition) -> partition.offset(consumer));
        perInstance("lag.records", now, (consumer, partition) -> partition.lag(consumer));
        var holding = now.holdingRetentionBack(kept);
        perConsumer("oldest.unapplied.age.seconds", now, c -> seconds(c.lag() > 0 ? c.behindFor() : now.stagedFor()));
        perConsumer("duplicates.skipped", now, c -> c.counters().duplicatesSkipped());
        perConsumer("gaps.healed", now, c -> c.counters().gapsHealed());
        perConsumer("crashes.injected", now, c -> c.counters().simulatedCrashes());
        perConsumer("rejected.records", now, c -> c.counters().rejected());
        perConsumer("holds.retention.back", now, c -> holding.contains(c) ? 1 : 0);
    }

    void audited(Status found) {
        audited = found;
    }

    private void perPartition(String name, Status now, ToDoubleFunction<Partition> value) {
        show("log." + name, now.partitions().stream().map(p -> row(tags(p), value.applyAsDouble(p))));
    }

    private void perConsumer(String name, Status now, ToDoubleFunction<Status.Consumer> value) {
        show("consumer." + name, now.consumers().stream().map(c -> row(tags(c.name()), value.applyAsDouble(c))));
    }

    /** For each consumer in each partition. */
    private void perInstance(String name, Status now, ToDoubleBiFunction<String, Partition> value) {
        show("consumer." + name, now.partitions().stream().flatMap(partition -> partition.offsets().keySet().stream()
                .map(consumer -> row(tags(consumer).and(tags(partition)), value.applyAsDouble(consumer, partition)))));
    }

    private void show(String name, Stream<MultiGauge.Row<?>> rows) {
        gauges.computeIfAbsent(
                        "rocketrides." + name, full -> MultiGauge.builder(full).register(registry))
                .register(rows.collect(Collectors.toList()), true);
    }

    private static MultiGauge.Row<?> row(Tags tags, double value) {
        return MultiGauge.Row.of(tags, value);
    }

    private static Tags tags(Partition partition) {
        return Tags.of("partition", Integer.toString(partition.number()));
    }

    private static Tags tags(String consumer) {
        return Tags.of("consumer", consumer);
    }

    private void position(String name, ToDoubleFunction<Status> value) {
        gauge(name, () -> last, value);
    }

    private void audit(String name, ToDoubleFunction<Status> value) {
        gauge("audit." + name, () -> audited, value);
    }

    /** NaN without a status. */
    private void gauge(String name, Supplier<Status> status, ToDoubleFunction<Status> value) {
        Gauge.builder("rocketrides." + name, () -> {
                    var now = status.get();
                    return now == null ? Double.NaN : value.applyAsDouble(now);
                })
                .register(registry);
    }

    private static double seconds(Duration age) {
        return Math.max(0, age.toMillis() / 1000.0);
    }
}
