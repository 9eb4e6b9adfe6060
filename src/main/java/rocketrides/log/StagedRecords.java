package rocketrides.log;

import io.vertx.core.Future;
import java.util.List;
import java.util.Set;

/**
 * The staged records in the partitions of one streamer. Each method executes one statement for all of them, unless it
 * says otherwise. Each future fails if the statement fails, or if the connection breaks. In the latter case the
 * statement may or may not have been committed.
 */
public interface StagedRecords {

    /**
     * Turns staged records into the next segment of each partition that has any: for each at most {@code limit} (which
     * is at most 10,000) and at most 4 MiB, but at least one. Completes after the commit, so what it returns may be
     * published. A partition that another process is sealing is left out.
     */
    Future<List<NewSegment>> seal(int limit);

    /**
     * Samples the highest staged id assigned so far, and then the transactions that may still write a lower one. Two
     * statements, in this order, on the connection that {@link #raiseFloor} will use.
     */
    Future<FloorSample> sampleFloor();

    /**
     * Raises the floors as far as the sample allows. Nothing at or below a floor is sealed: nothing is staged there,
     * and nothing will be, unless somebody sets the sequence back. Completes with false if a writer of the sample is
     * still active. Fails if the connection of the sample is gone, because a sample is not valid after a failover. Does
     * nothing if the sequence has been set back below the sample.
     */
    Future<Boolean> raiseFloor(FloorSample sample);

    /**
     * Sets a floor to 0 if a record is staged at or below it, or if the sequence is below it, because then somebody has
     * set the sequence back. Completes with whether it did so. Reads all dead rows below the floor that still exist.
     */
    Future<Boolean> lowerFloor();

    /** Gives the connection of the last sample back, if it has one. To be called when nobody samples any more. */
    default void forgetSample() {}

    /**
     * @param writers virtual transactions that held a writer's lock on the staged records after {@code highestId}
     *     was read
     */
    record FloorSample(long highestId, Set<String> writers) {}
}
