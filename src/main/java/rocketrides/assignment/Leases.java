package rocketrides.assignment;

import io.vertx.core.Future;
import java.util.Set;

/** The leases as one process uses them; a seam for the simulation. One call at a time. */
public interface Leases {
    /**
     * Says that this process is there, renews what it owns up to its share, gives back the rest, and takes what is free up to
     * its share. Completes with what it owns now. Fails if there was no answer in time; the beat may have happened or not.
     */
    Future<Set<Lease>> beat();

    /** Gives everything back, and is no longer there. Fails as {@link #beat}: then the leases run out by themselves. */
    Future<Void> release();
}
