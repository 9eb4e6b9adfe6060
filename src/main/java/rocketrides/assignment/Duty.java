package rocketrides.assignment;

import io.vertx.core.Deployable;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * Verticles that run while this process owns a matching lease. A lease may have several duties.
 *
 * @param role the name for people
 * @param lease which of the owned leases match
 * @param next returns a new verticle for each instance at each deployment
 */
public record Duty(String role, Predicate<Lease> lease, int instances, Supplier<? extends Deployable> next) {

    /** A duty for any partition of the role. */
    public static Duty ofAny(String role, int instances, Supplier<? extends Deployable> next) {
        return new Duty(role, lease -> lease.role().equals(role), instances, next);
    }
}
