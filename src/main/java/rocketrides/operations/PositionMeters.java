package rocketrides.operations;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;

/**
 * Where the log stands, as gauges. They are read from Postgres, so every process tells the same; NaN while Postgres
 * cannot be asked, because an old number looks like a new one.
 */
final class PositionMeters {
    private final MeterRegistry registry;
    private final Duration retention;
    private final Duration slack;
    private final Map<String, MultiGauge> perConsumer = new HashMap<>();
    private volatile Position last;
    private volatile double streamEntries = Double.NaN;

    /** {@code slack}: how much later than it may, retention still counts as punctual. */
    PositionMeters(MeterRegistry registry, Duration retention, Duration slack) {
        this.registry = registry;
        this.retention = retention;
        this.slack = slack;
        gauge("staged.records", Position::staged);
        gauge("staged.oldest.age.seconds", p -> seconds(p.oldestStaged()));
        gauge("log.head.offset", Position::head);
        gauge("log.published.offset", Position::published);
        gauge("log.beginning.offset", Position::beginning);
        gauge("log.unpublished.records", p -> Math.max(0, p.head() - p.published()));
        gauge("log.oldest.segment.age.seconds", p -> seconds(p.oldestSegment().map(Position.OldestSegment::age)));
        Gauge.builder("rocketrides.stream.entries", () -> streamEntries).register(registry);
    }

    /** {@code position} and {@code entries} are null when they could not be read. */
    void show(Position position, Long entries) {
        last = position;
        streamEntries = entries == null ? Double.NaN : entries;
        if (position == null) {
            perConsumer.values().forEach(gauges -> gauges.register(List.of(), true));
            return;
        }
        var holding = new HashSet<>(position.holdingRetentionBack(retention, slack));
        perConsumer("offset", position, Position.Consumer::offset);
        perConsumer("lag.records", position, c -> position.head() - c.offset());
        perConsumer("oldest.unapplied.age.seconds", position, c -> seconds(c.oldestUnapplied()));
        perConsumer("duplicates.skipped", position, Position.Consumer::duplicates);
        perConsumer("gaps.healed", position, Position.Consumer::gapsHealed);
        perConsumer("crashes.injected", position, Position.Consumer::crashes);
        perConsumer("rejected.records", position, Position.Consumer::rejected);
        perConsumer("holds.retention.back", position, c -> holding.contains(c) ? 1 : 0);
    }

    private void perConsumer(String name, Position position, ToDoubleFunction<Position.Consumer> value) {
        var rows = position.consumers().stream()
                .<MultiGauge.Row<?>>map(c -> MultiGauge.Row.of(Tags.of("consumer", c.name()), value.applyAsDouble(c)))
                .collect(Collectors.toList());
        perConsumer
                .computeIfAbsent(name, n -> MultiGauge.builder("rocketrides.consumer." + n)
                        .register(registry))
                .register(rows, true);
    }

    private void gauge(String name, ToDoubleFunction<Position> value) {
        Gauge.builder("rocketrides." + name, () -> {
                    var position = last;
                    return position == null ? Double.NaN : value.applyAsDouble(position);
                })
                .register(registry);
    }

    /** 0 if there is nothing that could have an age. */
    private static double seconds(Optional<Duration> age) {
        return age.map(since -> Math.max(0, since.toMillis() / 1000.0)).orElse(0.0);
    }
}
