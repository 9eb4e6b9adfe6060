package rocketrides.dashboard;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.function.ToLongFunction;
import rocketrides.status.Status;

/**
 * The points of the charts of the last two minutes, at most one a second. A new browser gets them at once. Points are added
 * only while the state is read. Thread-safe.
 */
final class ChartHistory {
    private static final long KEPT_MILLIS = 120_000;
    private static final long APART_MILLIS = 1_000;

    /** A rate is computed over at least this time; otherwise one record in 0.3 s would be a rate of 3/s. */
    private static final long SHORTEST_MILLIS = 2_500;

    /** A rate is computed over at most this time, so that it is the current rate. */
    private static final long LONGEST_MILLIS = 10_000;

    /** If there are more consumers, the chart shows only the smallest and the largest lag. */
    private static final int MOST_LINES = 4;

    private final Deque<Point> points = new ArrayDeque<>();

    /** All counts of the last reading. */
    private List<?> counts = List.of();

    /** When the counts last changed. */
    private Instant moved;

    private record Point(Status status, JsonObject chart) {}

    /**
     * Adds a reading. Returns the point of the {@code chart}, the {@code rates} at which counts grow, in records a
     * second (each null until enough is known), and for how long no count has changed.
     *
     * @param latency {@code p50} and {@code p99} of the slowest consumer; empty if unknown
     */
    synchronized JsonObject add(Status now, JsonObject latency) {
        if (!points.isEmpty() && !follows(points.getLast().status, now)) {
            points.clear();
        }
        var rates = rates(now);
        var chart = latency.copy()
                .put("at", now.at().toEpochMilli())
                .put("written", rates.getValue("written"))
                .put("consumed", rates.getValue("slowest"))
                .put("staged", now.staged())
                .put("unpublished", now.log().headOffset() - now.log().publishedOffset())
                .put("lags", lags(now));
        if (points.isEmpty() || millis(points.getLast().status, now) >= APART_MILLIS) {
            points.add(new Point(now, chart));
        }
        points.removeIf(point -> millis(point.status, now) > KEPT_MILLIS);
        return new JsonObject()
                .put("rates", rates)
                .put("chart", chart)
                .put("still_millis", still(now).toMillis());
    }

    private Duration still(Status now) {
        var latest = List.of(
                now.staged(),
                now.log().headOffset(),
                now.log().publishedOffset(),
                now.consumers().stream().map(Status.Consumer::offset).toList());
        if (!latest.equals(counts) || now.at().isBefore(moved)) {
            counts = latest;
            moved = now.at();
        }
        return Duration.between(moved, now.at());
    }

    /** The points of the charts, the oldest one first. */
    synchronized JsonArray toJson() {
        return new JsonArray(points.stream().map(Point::chart).toList());
    }

    /** False if Postgres' clock was set back, or the database is another one. */
    private static boolean follows(Status before, Status now) {
        return millis(before, now) >= 0
                && now.log().headOffset() >= before.log().headOffset();
    }

    private static long millis(Status before, Status now) {
        return Duration.between(before.at(), now.at()).toMillis();
    }

    private JsonObject rates(Status now) {
        var before = points.stream()
                .map(Point::status)
                .filter(status -> millis(status, now) >= SHORTEST_MILLIS && millis(status, now) <= LONGEST_MILLIS)
                .reduce((earlier, later) -> later)
                .orElse(null);
        var consumers = new JsonObject();
        Double slowest = null;
        for (var consumer : now.consumers()) {
            var rate = rate(before, now, status -> offset(status, consumer));
            consumers.put(consumer.name(), rate);
            if (rate != null && (slowest == null || rate < slowest)) {
                slowest = rate;
            }
        }
        // Every committed record is sealed or staged.
        return new JsonObject()
                .put("written", rate(before, now, status -> status.log().headOffset() + status.staged()))
                .put("sealed", rate(before, now, status -> status.log().headOffset()))
                .put("published", rate(before, now, status -> status.log().publishedOffset()))
                .put("consumers", consumers)
                .put("slowest", slowest);
    }

    private static Double rate(Status before, Status now, ToLongFunction<Status> count) {
        if (before == null) {
            return null;
        }
        var grown = Math.max(0, count.applyAsLong(now) - count.applyAsLong(before));
        return Math.round(grown * 100_000.0 / millis(before, now)) / 100.0;
    }

    /** The rate of a new consumer is 0. */
    private static long offset(Status status, Status.Consumer consumer) {
        return status.consumers().stream()
                .filter(other -> other.name().equals(consumer.name()))
                .findFirst()
                .orElse(consumer)
                .offset();
    }

    private static JsonObject lags(Status now) {
        var lags = new JsonObject();
        if (now.consumers().size() <= MOST_LINES) {
            now.consumers().forEach(consumer -> lags.put(consumer.name(), consumer.lag()));
        } else {
            var all = now.consumers().stream().mapToLong(Status.Consumer::lag).summaryStatistics();
            lags.put("least", all.getMin()).put("most", all.getMax());
        }
        return lags;
    }
}
