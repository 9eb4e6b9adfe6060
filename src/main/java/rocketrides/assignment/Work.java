package rocketrides.assignment;

import io.vertx.core.Future;
import java.util.Collection;

/** The leases that a process takes part in, owned or not. They change while it runs, but not their roles. */
public interface Work {
    /** As last read. May be called from any thread. */
    Collection<Lease> leases();

    /** Reads them again. Fails if they cannot be read; then those that were read before remain. */
    Future<?> refresh();

    /** The name of a lease for people, for example {@code consumer0/3}. */
    String nameOf(Lease lease);
}
