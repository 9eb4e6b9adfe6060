package rocketrides.assignment;

import io.vertx.core.Deployable;
import java.util.function.Supplier;

/**
 * Verticles that run while this process owns a role. A role may have several duties.
 *
 * @param next gives a new verticle for each of the instances, each time that they are deployed
 */
public record Duty(String role, int instances, Supplier<? extends Deployable> next) {}
