package rocketrides.log;

import java.util.Optional;

/**
 * A segment whose seal has just been committed.
 *
 * @param firstOffset in its partition, included
 * @param lastOffset included
 * @param next whether everything before it was marked as published when it was sealed, so that it is the next one to
 *     publish
 * @param content empty if the segment is large; it must then be read from the store
 */
public record NewSegment(int partition, long firstOffset, long lastOffset, boolean next, Optional<Segment> content) {
    public int count() {
        return Math.toIntExact(lastOffset - firstOffset + 1);
    }
}
