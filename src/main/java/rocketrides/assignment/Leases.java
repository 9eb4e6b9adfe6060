package rocketrides.assignment;

import io.vertx.core.Future;
import java.util.Collection;
import java.util.Set;

/** The leases from the view of one process. The simulation of leases replaces this interface. One call at a time. */
public interface Leases {
    /**
     * Renews the membership of this process and its leases up to its share, releases the rest, and takes free leases up
     * to its share. Completes with the leases that it owns now. Fails if there is no reply in time; the beat may or may
     * not have been executed.
     *
     * @param work the leases that the process takes part in, owned or not; always of the same roles
     */
    Future<Set<Lease>> beat(Collection<Lease> work);

    /** Releases all leases and the membership. Fails like {@link #beat}; the leases then expire. */
    Future<Void> release();
}
