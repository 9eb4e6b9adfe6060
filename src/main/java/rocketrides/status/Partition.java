package rocketrides.status;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * One partition of the log, in the same snapshot as the {@link Status}.
 *
 * @param number from 0 on
 * @param generation 0 for the first partitions of the log, and one more for each change of their number
 * @param open whether records are still staged for it
 * @param unsealed whether staged records are still to be sealed
 * @param beginning the first offset that is still in the archive, or else the next offset to be assigned
 * @param offsets the checkpoint of each consumer that is registered in this partition, by the consumer's name
 */
public record Partition(
        int number,
        int generation,
        boolean open,
        boolean unsealed,
        long headOffset,
        long publishedOffset,
        long beginning,
        Map<String, Long> offsets) {

    static Partition of(JsonObject row) {
        var checkpoints = row.getJsonObject("offsets");
        var offsets = new TreeMap<String, Long>();
        checkpoints.fieldNames().forEach(consumer -> offsets.put(consumer, checkpoints.getLong(consumer)));
        return new Partition(
                row.getInteger("number"),
                row.getInteger("generation"),
                row.getBoolean("open"),
                row.getBoolean("unsealed"),
                row.getLong("head"),
                row.getLong("published"),
                row.getLong("beginning"),
                offsets);
    }

    public long unpublished() {
        return Math.max(0, headOffset - publishedOffset);
    }

    /** The consumer's checkpoint; 0 if it is not registered here. */
    public long offset(String consumer) {
        return offsets.getOrDefault(consumer, 0L);
    }

    /** The records of this partition that are sealed and that the consumer has not applied. */
    public long lag(String consumer) {
        return headOffset - offset(consumer);
    }

    /** The consumers that have still to apply sealed records. */
    private List<String> behind() {
        return offsets.keySet().stream().filter(consumer -> lag(consumer) > 0).toList();
    }

    /** Whether everything in it is sealed, published and applied. */
    private boolean drained() {
        return !unsealed && headOffset == publishedOffset && behind().isEmpty();
    }

    private String streamer(Members members) {
        return members.owner("streamer", number);
    }

    /** Its positions and its streamer. */
    public JsonObject toJson(Members members) {
        return new JsonObject()
                .put("partition", number)
                .put("generation", generation)
                .put("open", open)
                .put("head_offset", headOffset)
                .put("published_offset", publishedOffset)
                .put("owner", streamer(members))
                .put("drained", drained())
                .put("behind", new JsonArray(behind()));
    }

    /** The position and the owner of each consumer. */
    public JsonArray consumersToJson(Members members) {
        var consumers = new JsonArray();
        offsets.forEach((consumer, offset) -> consumers.add(new JsonObject()
                .put("name", consumer)
                .put("offset", offset)
                .put("lag", lag(consumer))
                .put("owner", members.owner(consumer, number))));
        return consumers;
    }

    /** A line for people. */
    public String describe(Members members) {
        var positions = "partition  " + number + ": head " + headOffset + ", published " + publishedOffset
                + (generation == 0 ? "" : ", generation " + generation);
        return !open && drained()
                ? positions + ", closed and drained"
                : positions + (open ? "" : ", closed")
                        + ", streamer " + Objects.requireNonNullElse(streamer(members), "nobody")
                        + (open || behind().isEmpty() ? "" : ", not applied by " + String.join(", ", behind()));
    }
}
