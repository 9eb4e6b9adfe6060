package rocketrides.status;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import rocketrides.runtime.Words;

/**
 * The state of the log, its consumers and the audit, in one snapshot of Postgres. Not of this snapshot are
 * {@code members}, and {@code streamEntries}, which comes from Redis; it is null if Redis cannot be reached.
 *
 * @param at by the clock of Postgres
 * @param staged {@link #MOST_STAGED} means this many or more
 * @param stagedFor the age of the oldest staged record; zero if there is none
 * @param partitions in the order of their numbers
 * @param total the truth according to the {@link Books}; null if there are none, or if they were not read
 * @param unaccounted for each quantity, the difference of the consumer that differs most: positive if something is
 *     missing, negative if too much was counted; null if {@code total} is
 */
public record Status(
        Instant at,
        long staged,
        Duration stagedFor,
        Log log,
        List<Partition> partitions,
        Total total,
        Total unaccounted,
        List<Consumer> consumers,
        Members members) {
    /**
     * Staged records are counted up to this number, so that counting takes some tenths of a second, whatever the
     * backlog.
     */
    public static final long MOST_STAGED = 1_000_000;

    /**
     * If there are several partitions, offsets are sums over them, so they count records.
     *
     * @param beginning the first offset that is still in the archive, or else the next offset to be assigned
     * @param unpublishedFor the age of the oldest segment that is not marked as published; zero if there is none
     * @param oldestFor the age of the oldest segment in the archive; zero if the archive is empty
     */
    public record Log(
            long headOffset,
            long publishedOffset,
            Duration unpublishedFor,
            long beginning,
            Duration oldestFor,
            String stream,
            Long streamEntries,
            String delivery) {}

    /**
     * @param lag records that are sealed and that this consumer has not applied
     * @param behindFor the time since the oldest of these was sealed; zero if there is none
     * @param holdsFor the age of the oldest segment, if this consumer has still to read it; else zero
     * @param total what it has counted; null if the books do not have this consumer
     * @param unaccounted what it has not counted and is not on its way to it, negative if it counted too much; null as total
     */
    public record Consumer(
            String name,
            long offset,
            long lag,
            Duration behindFor,
            Duration holdsFor,
            Counters counters,
            Total total,
            Total unaccounted) {
        /** True also if the consumer is not audited. */
        public boolean balanced() {
            return unaccounted == null || unaccounted.isZero();
        }

        /** Whether it has not read the oldest segment, and that is older than segments are kept. */
        public boolean holdsRetentionBack(Duration kept) {
            return holdsFor.compareTo(kept) > 0;
        }
    }

    /** Totals since the consumer was registered. */
    public record Counters(long duplicatesSkipped, long gapsHealed, long simulatedCrashes, long rejected) {}

    /** Whether there are books, and they were read. */
    public boolean audited() {
        return total != null;
    }

    /**
     * Whether, for every consumer, the truth equals what it has counted plus what it has still to read. True also
     * without books.
     */
    public boolean balanced() {
        return unaccounted == null || unaccounted.isZero();
    }

    /** {@code 3}, or {@code at least 1,000,000}. */
    public String stagedInWords() {
        return (staged < MOST_STAGED ? "" : "at least ") + Words.number(staged);
    }

    /** The consumers whose totals are wrong. */
    public List<Consumer> disagreeing() {
        return consumers.stream().filter(consumer -> !consumer.balanced()).toList();
    }

    /** With the partitions, if there have ever been several. */
    public JsonObject toJson() {
        var json = new JsonObject();
        if (audited()) {
            json.put("total", total.toJson());
        }
        json.put("staged", new JsonObject().put("count", staged)).put("log", toJson(log));
        if (audited()) {
            var audit = new JsonObject()
                    .put("balanced", balanced())
                    .put("unaccounted", unaccounted.toJson())
                    .put("checked_at", at.toString());
            json.put("audit", audit);
        }
        json.put("consumers", array(consumers.stream().map(Status::toJson)));
        if (partitions.size() > 1) {
            json.put("partitions", array(partitions.stream().map(partition -> partition.toJson(members))));
        }
        return json;
    }

    private static JsonArray array(Stream<JsonObject> elements) {
        return new JsonArray(elements.toList());
    }

    private static JsonObject toJson(Log log) {
        return new JsonObject()
                .put("head_offset", log.headOffset)
                .put("published_offset", log.publishedOffset)
                .put("stream", log.stream)
                .put("stream_entries", log.streamEntries)
                .put("delivery", log.delivery);
    }

    private static JsonObject toJson(Consumer consumer) {
        var json = new JsonObject()
                .put("name", consumer.name)
                .put("offset", consumer.offset)
                .put("lag", consumer.lag);
        if (consumer.total != null) {
            json.put("total", consumer.total.toJson());
        }
        return json.put("duplicates_skipped", consumer.counters.duplicatesSkipped)
                .put("gaps_healed", consumer.counters.gapsHealed)
                .put("simulated_crashes", consumer.counters.simulatedCrashes)
                .put("rejected", consumer.counters.rejected);
    }
}
