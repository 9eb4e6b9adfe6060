package rocketrides.log;

import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The durable log in Postgres. Each method is one statement, or says what it is; each future fails when the statement
 * failed or when the connection broke, in which case it may have been committed or not.
 */
public interface SegmentStore {

    /**
     * Turns staged records into the next segment: at most {@code limit}, which is at most 10,000, and as many as fit into
     * 4 MiB, but at least one. Completes once that is committed, with nothing if there was nothing to seal or if somebody
     * else is sealing at this moment.
     */
    Future<Optional<Bounds>> seal(int limit);

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

    /**
     * Draws a line: the highest staged id given out so far, then who might still be writing a lower one. Two statements,
     * in this order, on the connection that {@link #raiseFloor} will use.
     */
    Future<FloorSample> sampleFloor();

    /**
     * Moves the floor, at or below which nothing is sealed, as far as the sample allows: nothing is staged there, and
     * nothing will be unless somebody sets the sequence back. Completes with false if a writer of the sample is still there;
     * fails if the connection of the sample is gone, because a sample is worth nothing after a failover. Does nothing if the
     * sequence has been set back below the sample.
     */
    Future<Boolean> raiseFloor(FloorSample sample);

    /**
     * Sets the floor to 0 if something is staged at or below it, or if the sequence stands below it: somebody has set the
     * sequence back. Completes with whether it did. It reads every dead row below the floor that is still there.
     */
    Future<Boolean> lowerFloor();

    /** @param writers virtual transactions that held a writer's lock on the staged records after {@code highestId} */
    record FloorSample(long highestId, Set<String> writers) {}
}
