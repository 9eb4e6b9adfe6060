package rocketrides.log;

import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;

/**
 * The durable log of one partition in Postgres. Each method is one statement, or says what it is; each future fails when the
 * statement failed or when the connection broke, in which case it may have been committed or not.
 */
public interface SegmentStore {

    /** Whose segments these are. */
    int partition();

    /** The first {@code limit} committed segments past the cursor, in order; fewer if they exceed 4 MiB, but at least one. */
    Future<List<Segment>> unpublished(int limit);

    /**
     * Moves the cursor past this segment. Completes with false, and nothing has changed, if the cursor does not stand
     * right before it or if the segment is not of this history.
     */
    Future<Boolean> mark(Segment segment);

    /**
     * Up to {@code limit} segments in order, the first of which holds {@code offset}; fewer if they exceed 4 MiB, but at
     * least one. Empty, or starting later, if no
     * segment holds it: not sealed yet, or deleted by retention.
     */
    Future<List<Segment>> read(long offset, int limit);

    /** Whether the segment is one of this history and still there. */
    Future<Boolean> holds(SegmentId segment);

    /**
     * Deletes the oldest segments, as far as they are older than {@code age}, published, and behind every registered
     * checkpoint; a limited number, so call it again until there are none. Completes with the number of segments deleted.
     * Takes the same lock as registration; two statements.
     */
    Future<Integer> retain(Duration age);
}
