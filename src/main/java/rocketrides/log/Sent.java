package rocketrides.log;

import java.time.Instant;
import rocketrides.runtime.Events.Published;

/**
 * Event for observers of single records: the segment is in the stream.
 *
 * @param refused how many of its records were already there
 * @param begun when sending began
 */
public record Sent(int partition, Segment segment, int refused, Instant begun) {
    public Published published() {
        return new Published(partition, segment.firstOffset(), segment.lastOffset(), refused);
    }
}
