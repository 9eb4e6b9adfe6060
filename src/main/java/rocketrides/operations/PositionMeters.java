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
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import rocketrides.status.Books.Quantity;
import rocketrides.status.Status;

/**
 * Gauges for the position of the log and the result of the last audit. They are read from Postgres, so they are equal
 * in all processes. Positions are NaN while Postgres cannot be reached, because an old number would look like a current
 * one. The audit has its own gauge for its age.
 */
final class PositionMeters {
    private final MeterRegistry registry;
    private final Duration kept;
    private final Map<String, MultiGauge> perConsumer = new TreeMap<>();
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
        position("log.head.offset", s -> s.log().headOffset());
        position("log.published.offset", s -> s.log().publishedOffset());
        position("log.beginning.offset", s -> s.log().beginning());
        position(
                "log.unpublished.records",
                s -> Math.max(0, s.log().headOffset() - s.log().publishedOffset()));
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
            perConsumer.values().forEach(gauges -> gauges.register(List.of(), true));
            return;
        }
        var holding = now.holdingRetentionBack(kept);
        perConsumer("offset", now, Status.Consumer::offset);
        perConsumer("lag.records", now, Status.Consumer::lag);
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

    private void perConsumer(String name, Status now, ToDoubleFunction<Status.Consumer> value) {
        perConsumer
                .computeIfAbsent("rocketrides.consumer." + name, full -> MultiGauge.builder(full)
                        .register(registry))
                .register(
                        now.consumers().stream()
                                .<MultiGauge.Row<?>>map(
                                        c -> MultiGauge.Row.of(Tags.of("consumer", c.name()), value.applyAsDouble(c)))
                                .collect(Collectors.toList()),
                        true);
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
