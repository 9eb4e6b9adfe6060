package rocketrides.assignment;

import io.vertx.core.Deployable;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * Verticles that run while this process owns a lease of some kind. There may be several duties for one lease.
 *
 * @param role as people know it
 * @param lease which of those that the process owns will do
 * @param next gives a new verticle for each of the instances, each time that they are deployed
 */
public record Duty(String role, Predicate<Lease> lease, int instances, Supplier<? extends Deployable> next) {

    /** While the process owns any partition of the role. */
    public static Duty ofAny(String role, int instances, Supplier<? extends Deployable> next) {
        return new Duty(role, lease -> lease.role().equals(role), instances, next);
    }
}
