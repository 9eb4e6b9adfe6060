package rocketrides.log;

import io.vertx.core.Future;
import java.util.List;
import java.util.Set;

/**
 * What is staged, in the partitions of one streamer. Each method is one statement for all of them, or says what it is; each
 * future fails when the statement failed or when the connection broke, in which case it may have been committed or not.
 */
public interface StagedRecords {

    /**
     * Turns staged records into the next segment of each partition that has some: at most {@code limit} for each, which is at
     * most 10,000, and as many as fit into 4 MiB, but at least one. Completes once that is committed. A partition for which
     * somebody else is sealing at this moment is left out.
     */
    Future<List<Bounds>> seal(int limit);

    /**
     * Draws a line: the highest staged id given out so far, then who might still be writing a lower one. Two statements,
     * in this order, on the connection that {@link #raiseFloor} will use.
     */
    Future<FloorSample> sampleFloor();

    /**
     * Moves the floors, at or below which nothing is sealed, as far as the sample allows: nothing is staged there, and
     * nothing will be unless somebody sets the sequence back. Completes with false if a writer of the sample is still there;
     * fails if the connection of the sample is gone, because a sample is worth nothing after a failover. Does nothing if the
     * sequence has been set back below the sample.
     */
    Future<Boolean> raiseFloor(FloorSample sample);

    /**
     * Sets a floor to 0 if something is staged at or below it, or if the sequence stands below it: somebody has set the
     * sequence back. Completes with whether it did. It reads every dead row below the floor that is still there.
     */
    Future<Boolean> lowerFloor();

    /** @param writers virtual transactions that held a writer's lock on the staged records after {@code highestId} */
    record FloorSample(long highestId, Set<String> writers) {}
}
