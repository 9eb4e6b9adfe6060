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
import rocketrides.status.Members;
import rocketrides.status.Partition;
import rocketrides.status.Status;

/**
 * Gauges for the position of the log, the owners of the roles, and the result of the last audit. They are read from
 * Postgres, so they are equal in all processes; only {@code role.up} is of this process. While Postgres cannot be
 * reached, positions are NaN or, where they have labels, missing, because an old number would look like a current one.
 * The audit has its own gauge for its age.
 */
final class PositionMeters {
    private static final String PARTITION = "partition";
    private static final String CONSUMER = "consumer";

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
        position("log.oldest.segment.age.seconds", s -> seconds(s.log().oldestFor()));
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
        var partitions = now == null ? List.<Partition>of() : now.partitions();
        perPartition("head.offset", partitions, Partition::headOffset);
        perPartition("published.offset", partitions, Partition::publishedOffset);
        perPartition("beginning.offset", partitions, Partition::beginning);
        perPartition("unpublished.records", partitions, Partition::unpublished);
        perInstance("offset", partitions, (consumer, partition) -> partition.offset(consumer));
        perInstance("lag.records", partitions, (consumer, partition) -> partition.lag(consumer));
        var consumers = now == null ? List.<Status.Consumer>of() : now.consumers();
        perConsumer(
                "oldest.unapplied.age.seconds", consumers, c -> seconds(c.lag() > 0 ? c.behindFor() : now.stagedFor()));
        perConsumer("duplicates.skipped", consumers, c -> c.counters().duplicatesSkipped());
        perConsumer("gaps.healed", consumers, c -> c.counters().gapsHealed());
        perConsumer("crashes.injected", consumers, c -> c.counters().simulatedCrashes());
        perConsumer("rejected.records", consumers, c -> c.counters().rejected());
        perConsumer("holds.retention.back", consumers, c -> c.holdsRetentionBack(kept) ? 1 : 0);
        var roles = now == null ? List.<Members.Role>of() : now.members().roles();
        show("assignment.owned", roles.stream().map(role -> row("role", role.name(), role.owner() == null ? 0 : 1)));
        show("members", roles.stream().map(role -> row("role", role.name(), role.members())));
    }

    /** The roles of this process, by name. */
    void show(Map<String, Pulse.State> roles) {
        show(
                "role.up",
                roles.entrySet().stream()
                        .filter(role -> role.getValue() != Pulse.State.NOT_OWNED)
                        .map(role -> row("role", role.getKey(), role.getValue() == Pulse.State.UP ? 1 : 0)));
    }

    void audited(Status found) {
        audited = found;
    }

    private void perPartition(String name, List<Partition> partitions, ToDoubleFunction<Partition> value) {
        show("log." + name, partitions.stream().map(p -> row(PARTITION, number(p), value.applyAsDouble(p))));
    }

    private void perConsumer(String name, List<Status.Consumer> consumers, ToDoubleFunction<Status.Consumer> value) {
        show("consumer." + name, consumers.stream().map(c -> row(CONSUMER, c.name(), value.applyAsDouble(c))));
    }

    /** For each consumer in each partition. */
    private void perInstance(String name, List<Partition> partitions, ToDoubleBiFunction<String, Partition> value) {
        show("consumer." + name, partitions.stream().flatMap(partition -> partition.offsets().keySet().stream()
                .map(consumer -> MultiGauge.Row.of(
                        Tags.of(CONSUMER, consumer, PARTITION, number(partition)),
                        value.applyAsDouble(consumer, partition)))));
    }

    private void show(String name, Stream<MultiGauge.Row<?>> rows) {
        gauges.computeIfAbsent(
                        "rocketrides." + name, full -> MultiGauge.builder(full).register(registry))
                .register(rows.collect(Collectors.toList()), true);
    }

    private static MultiGauge.Row<?> row(String label, String of, double value) {
        return MultiGauge.Row.of(Tags.of(label, of), value);
    }

    private static String number(Partition partition) {
        return Integer.toString(partition.number());
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
