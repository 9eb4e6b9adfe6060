package rocketrides.status;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Map;

/**
 * One partition of the log, in the same snapshot as the {@link Status}.
 *
 * @param number from 0 on
 * @param open whether records are still staged for it
 * @param beginning the first offset that is still in the archive, or else the next offset to be assigned
 * @param offsets the checkpoint of each consumer that is registered in this partition, by the consumer's name
 */
public record Partition(
        int number, boolean open, long headOffset, long publishedOffset, long beginning, Map<String, Long> offsets) {

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

    /** Its positions and its owners. */
    public JsonObject toJson(Members members) {
        var consumers = new JsonArray();
        offsets.forEach((consumer, offset) -> consumers.add(new JsonObject()
                .put("name", consumer)
                .put("offset", offset)
                .put("lag", lag(consumer))
                .put("owner", members.owner(consumer, number))));
        return new JsonObject()
                .put("partition", number)
                .put("open", open)
                .put("head_offset", headOffset)
                .put("published_offset", publishedOffset)
                .put("owner", members.owner("streamer", number))
                .put("consumers", consumers);
    }
}
