package rocketrides.log;

import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;

/**
 * The durable log of one partition in Postgres. Each method executes one statement, unless it says otherwise. Each
 * future fails if the statement fails, or if the connection breaks. In the latter case the statement may or may not
 * have been committed.
 */
public interface SegmentStore {

    /** The partition of these segments. */
    int partition();

    /** The first {@code limit} segments after the cursor, in order; fewer if they exceed 4 MiB, but at least one. */
    Future<List<Segment>> unpublished(int limit);

    /**
     * Moves the cursor to the end of this segment. Completes with false and changes nothing if the cursor is not
     * directly before the segment, or if the segment is not of this history.
     */
    Future<Boolean> mark(Segment segment);

    /**
     * Up to {@code limit} segments in order, starting with the one that contains {@code offset}; fewer if they exceed 4
     * MiB, but at least one. If no segment contains it, because it is not sealed yet or was deleted by retention, the
     * result is empty or starts later.
     */
    Future<List<Segment>> read(long offset, int limit);

    /** Whether the segment exists in this history. */
    Future<Boolean> holds(SegmentId segment);

    /**
     * Deletes the oldest segments, if they are older than {@code age}, published, and behind every registered
     * checkpoint. One call deletes a limited number, so repeat it until it returns 0. Completes with the number of
     * deleted segments. Takes the same lock as registration, so it is two statements.
     */
    Future<Integer> retain(Duration age);
}
