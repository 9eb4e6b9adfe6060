package rocketrides.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/** One process, as the servers see it: whatever reaches it goes through here. It can freeze, and it can die. */
final class Client {
    final World world;
    final String name;
    private final List<Runnable> waiting = new ArrayList<>();
    private boolean dead;
    private boolean frozen;

    /** Asked before each step of a statement, but not when a lock lets it go on: it stops until somebody readies it. */
    Predicate<Statement<?>> stops = statement -> false;

    /** How often the next fault points will strike. */
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

    /** Goes on as if no time had passed: with everything that has reached it in the meantime. */
    void thaw() {
        if (frozen) {
            frozen = false;
            waiting.forEach(world::ready);
            waiting.clear();
        }
    }

    /** Runs something of this process: now, when it is thawed, or never. */
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
