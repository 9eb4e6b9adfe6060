package rocketrides.dashboard;

import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import rocketrides.dashboard.Ordered.Harm;
import rocketrides.runtime.Events;
import rocketrides.runtime.Faults;
import rocketrides.runtime.Words;
import rocketrides.status.Partition;
import rocketrides.status.Status;

/**
 * One thing that a person has broken with the controls. The wound is open until the harm ends: the consumer is resumed, the
 * failure rate is 0, or the ordered crash has happened. The wound has healed when each consumer concerned has then reached
 * the head that the log had when the harm ended.
 */
final class Wound {
    private static final double CRASH_MILLIS = 5_000;
    private static final double MINUTE_MILLIS = 60_000;

    private final double begun;
    private Ordered order;
    private boolean open;
    private double ended;
    private double healedAt;
    private String state;

    /** How often the state was read since {@code ended}. The first of these readings may have begun before. */
    private int readings;

    /** The heads of the partitions when the harm ended, by number; null until they are known. */
    private Map<Integer, Long> target;

    private long failures;
    private long duplicates;
    private final Map<String, Long> fromArchive = new TreeMap<>();

    Wound(Ordered order, double at) {
        this.begun = at;
        begin(order, at);
    }

    /** Also called with another rate, or after a second click. */
    void begin(Ordered now, double at) {
        order = now;
        open = order.harm() != Harm.STREAM_DELETED;
        state = "just now";
        countFrom(at);
    }

    /** The harm has ended. */
    void end(double at) {
        if (open) {
            open = false;
            countFrom(at);
        }
    }

    private void countFrom(double at) {
        ended = at;
        readings = 0;
        target = null;
    }

    void failed(Events.Failed failed, double at) {
        if (order.harm() == Harm.FAILURES) {
            failures += open && failed.point().toString().equals(order.of()) ? 1 : 0;
        } else if (order.harm() != Harm.CONSUMER_PAUSED && failed.role().equals(order.of())) {
            end(at);
        }
    }

    void consumed(Events.Consumed event) {
        if (healed() || !concerns(event.consumer())) {
            return;
        }
        if (sendsTwice()) {
            duplicates += event.duplicates();
        } else if (event.healed() > 0 && order.harm() != Harm.FAILURES) {
            fromArchive.merge(event.consumer(), (long) event.healed(), Long::sum);
        }
    }

    private boolean sendsTwice() {
        return order.harm() == Harm.STREAMER_CRASHED
                || Faults.Point.STREAMER_AFTER_PUBLISH.toString().equals(order.of());
    }

    private boolean concerns(String consumer) {
        return switch (order.harm()) {
            case CONSUMER_CRASHED, CONSUMER_PAUSED -> Events.roleOf(order.of()).equals(consumer);
            case FAILURES -> !order.of().equals(Faults.Point.API_BEFORE_COMMIT.toString());
            case STREAM_DELETED, STREAMER_CRASHED -> true;
        };
    }

    /** As {@link Wounds#read}. */
    void read(Status now, Map<String, String> faults, Map<String, Latency> passes, double at) {
        if (healed() || ++readings < 2) {
            return;
        }
        if (open) {
            state = whileOpen();
            if (endsByItself(faults, at)) {
                end(at);
            }
            return;
        }
        if (target == null) {
            target = now.partitions().stream().collect(Collectors.toMap(Partition::number, Partition::headOffset));
        }
        var behind = now.consumers().stream()
                .map(Status.Consumer::name)
                .filter(consumer -> concerns(consumer) && toGo(now, part -> part.offset(consumer)) > 0)
                .map(consumer ->
                        consumer + ", " + Words.count(toGo(now, part -> part.offset(consumer)), "record") + " to go")
                .collect(Collectors.joining("; "));
        if (!behind.isEmpty()) {
            state = "waits for " + behind;
        } else if (order.harm() == Harm.STREAMER_CRASHED && toGo(now, Partition::publishedOffset) > 0) {
            state = "waits until the streamer has marked what it sent";
        } else {
            healedAt = at;
            state = String.join(", ", how(levelAfter(passes, at)));
        }
    }

    /** How many records are between this position and the target, over all partitions. */
    private long toGo(Status now, ToLongFunction<Partition> position) {
        return now.partitions().stream()
                .mapToLong(partition ->
                        Math.max(0, target.getOrDefault(partition.number(), 0L) - position.applyAsLong(partition)))
                .sum();
    }

    /** Another process may have taken over the paused consumer. A consumer that is already down does not crash. */
    private boolean endsByItself(Map<String, String> faults, double at) {
        return switch (order.harm()) {
            case CONSUMER_PAUSED -> !"paused".equals(faults.get(order.of()));
            case CONSUMER_CRASHED -> at - ended > CRASH_MILLIS;
            default -> false;
        };
    }

    private String whileOpen() {
        return switch (order.harm()) {
            case CONSUMER_PAUSED -> "until it is resumed";
            case FAILURES -> Words.count(failures, "failure") + " so far, until it is zero";
            case STREAMER_CRASHED -> "it dies after its next send";
            case CONSUMER_CRASHED, STREAM_DELETED -> "just now";
        };
    }

    /** In ms. For a consumer in another process, only the time of this reading is known. */
    private double levelAfter(Map<String, Latency> passes, double at) {
        return passes.entrySet().stream()
                .filter(consumer -> concerns(consumer.getKey()))
                .map(consumer -> consumer.getValue().reached(target))
                .mapToDouble(reached -> reached == null ? at : reached)
                .map(reached -> Math.max(0, reached - ended))
                .max()
                .orElse(at - ended);
    }

    private List<String> how(double levelAfter) {
        var how = new ArrayList<String>();
        switch (order.harm()) {
            case CONSUMER_PAUSED -> how.add("goes on after " + span(ended - begun));
            case CONSUMER_CRASHED -> how.add("started again from its checkpoint");
            case STREAMER_CRASHED -> how.add("sent again what it had not marked");
            case FAILURES -> how.add("ended after " + span(ended - begun) + " and " + Words.count(failures, "failure"));
            case STREAM_DELETED -> {}
        }
        fromArchive.forEach((consumer, records) ->
                how.add(consumer + " read " + Words.count(records, "record") + " from Postgres"));
        if (duplicates > 0) {
            how.add(Words.count(duplicates, "duplicate") + " skipped");
        }
        if (order.harm() == Harm.STREAM_DELETED && levelAfter == 0) {
            how.add("every consumer had read what was in it");
        } else if (order.harm() != Harm.FAILURES || concerns("")) {
            how.add("level again after " + span(levelAfter));
        }
        return how;
    }

    private static String span(double millis) {
        return millis < MINUTE_MILLIS
                ? String.format(Locale.ROOT, "%.1f s", millis / 1_000)
                : Words.span(Duration.ofMillis((long) millis));
    }

    boolean healed() {
        return healedAt > 0;
    }

    double healedAt() {
        return healedAt;
    }

    String text() {
        return order.text() + ": " + state;
    }

    JsonObject toJson() {
        return new JsonObject()
                .put("at", (long) begun)
                .put("text", order.text())
                .put("state", state)
                .put("healed", healed());
    }
}
