package rocketrides.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * One process, as the servers see it. Everything that reaches the process passes through here. It can freeze and die.
 */
final class Client {
    final World world;
    final String name;
    private final List<Runnable> waiting = new ArrayList<>();
    private boolean dead;
    private boolean frozen;

    /**
     * Called before each step of a statement, except when a lock was granted. If true, the statement stops until it is
     * made ready.
     */
    Predicate<Statement<?>> stops = statement -> false;

    /** How many of the next fault points will fail. */
    int strikes;

    Client(World world, String name) {
        this.world = world;
        this.name = name;
    }

    boolean dead() {
        return dead;
    }

    boolean frozen() {
        return frozen;
    }

    void die() {
        dead = true;
    }

    void freeze() {
        frozen = true;
    }

    /** Continues as if no time had passed, with everything that has arrived meanwhile. */
    void thaw() {
        if (frozen) {
            frozen = false;
            waiting.forEach(world::ready);
            waiting.clear();
        }
    }

    /** Runs a task of this process: now, after it is thawed, or never. */
    void deliver(Runnable task) {
        if (dead) {
            return;
        }
        if (frozen) {
            waiting.add(() -> deliver(task));
        } else {
            task.run();
        }
    }

    void soon(Runnable task) {
        world.ready(() -> deliver(task));
    }

    void after(long nanos, Runnable task) {
        world.after(nanos, () -> deliver(task));
    }
}
