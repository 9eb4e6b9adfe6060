package rocketrides.status;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;

/**
 * Where everything stands, as of one moment in Postgres. Only {@code streamEntries} comes from Redis, and is null when
 * Redis is away.
 *
 * @param staged {@link #MOST_STAGED} means that or more
 * @param stagedFor the age of the oldest staged record; zero if none is staged
 */
public record Status(Rides rides, long staged, Duration stagedFor, Log log, Audit audit, List<Consumer> consumers) {
    /** Staged records are counted up to here, so that a count takes some tenths of a second, whatever the backlog. */
    public static final long MOST_STAGED = 1_000_000;

    public record Rides(long count, BigDecimal totalDistance) {}

    /** @param unpublishedFor the time since the oldest segment that is not marked as published was sealed; zero if all are */
    public record Log(
            long headOffset,
            long publishedOffset,
            Duration unpublishedFor,
            String stream,
            Long streamEntries,
            String delivery) {}

    /**
     * Whether the rides table is, for every consumer, what the consumer has counted plus what is still on its way to it.
     *
     * @param unaccounted what is missing, or negative what is too much, where that is most
     */
    public record Audit(Rides unaccounted, Instant checkedAt) {
        public boolean balanced() {
            return unaccounted.count == 0 && unaccounted.totalDistance.signum() == 0;
        }

        /** For those whose books differ, the one that differs most. */
        static Audit of(List<Rides> unaccounted, Instant checkedAt) {
            return new Audit(
                    unaccounted.stream()
                            .max(Comparator.comparing((Rides r) -> r.totalDistance.abs())
                                    .thenComparing(r -> Math.abs(r.count)))
                            .orElseThrow(),
                    checkedAt);
        }
    }

    /**
     * @param lag records that are sealed and that this consumer has not applied
     * @param behindFor the time since the oldest of these was sealed; zero if there is none
     * @param unaccounted rides that it has not counted and that are not on their way to it; negative: counted too much
     */
    public record Consumer(
            String name,
            long offset,
            long lag,
            Duration behindFor,
            long rides,
            BigDecimal totalDistance,
            long duplicatesSkipped,
            long gapsHealed,
            long simulatedCrashes,
            long rejected,
            Rides unaccounted) {
        public boolean balanced() {
            return unaccounted.count == 0 && unaccounted.totalDistance.signum() == 0;
        }
    }

    /** {@code 3}, or {@code at least 1000000}. */
    public String stagedInWords() {
        return (staged < MOST_STAGED ? "" : "at least ") + staged;
    }

    /** Whether anything is lost or counted twice, in words. */
    public String books() {
        return (audit.balanced() ? "nothing is lost" : "the books do not balance") + ": rides=" + rides.count
                + ", total_distance=" + rides.totalDistance + "m";
    }

    /** The consumers whose books do not balance against the rides table. */
    public List<Consumer> disagreeing() {
        return consumers.stream().filter(consumer -> !consumer.balanced()).toList();
    }

    public JsonObject toJson() {
        return new JsonObject()
                .put("rides", new JsonObject().put("count", rides.count).put("total_distance", rides.totalDistance))
                .put("staged", new JsonObject().put("count", staged))
                .put("log", toJson(log))
                .put("audit", toJson(audit))
                .put(
                        "consumers",
                        new JsonArray(consumers.stream().map(Status::toJson).toList()));
    }

    private static JsonObject toJson(Log log) {
        return new JsonObject()
                .put("head_offset", log.headOffset)
                .put("published_offset", log.publishedOffset)
                .put("stream", log.stream)
                .put("stream_entries", log.streamEntries)
                .put("delivery", log.delivery);
    }

    private static JsonObject toJson(Audit audit) {
        return new JsonObject()
                .put("balanced", audit.balanced())
                .put("unaccounted_distance", audit.unaccounted.totalDistance)
                .put("checked_at", audit.checkedAt.toString());
    }

    private static JsonObject toJson(Consumer consumer) {
        return new JsonObject()
                .put("name", consumer.name)
                .put("offset", consumer.offset)
                .put("lag", consumer.lag)
                .put("rides", consumer.rides)
                .put("total_distance", consumer.totalDistance)
                .put("duplicates_skipped", consumer.duplicatesSkipped)
                .put("gaps_healed", consumer.gapsHealed)
                .put("simulated_crashes", consumer.simulatedCrashes)
                .put("rejected", consumer.rejected);
    }
}
