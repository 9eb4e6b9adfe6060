package rocketrides.simulation;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.PriorityQueue;

/**
 * Order and time of one history. All events that could happen next are in one set; each step picks one at random and
 * runs it. If no event is possible, time moves to the next timer. All random numbers come from one generator, so two
 * worlds with the same seed are identical, step by step.
 */
final class World {
    private record Timer(long due, long order, Runnable task) implements Comparable<Timer> {
        @Override
        public int compareTo(Timer other) {
            return due != other.due ? Long.compare(due, other.due) : Long.compare(order, other.order);
        }
    }

    final Dice dice;
    private final int nanosPerStep;
    private final List<String> trace;

    private Runnable[] ready = new Runnable[64];
    private int size;
    private final PriorityQueue<Timer> timers = new PriorityQueue<>();
    private long timersSet;
    private long nanos = 1_000_000_000;
    private int steps;
    private long hash;

    World(long seed, int nanosPerStep, boolean traced) {
        this.dice = new Dice(seed);
        this.nanosPerStep = nanosPerStep;
        this.trace = traced ? new ArrayList<>() : null;
    }

    long nanos() {
        return nanos;
    }

    int steps() {
        return steps;
    }

    /** Equal for two histories only if the same events happened in the same order. */
    long hash() {
        return hash;
    }

    /** The task can run from now on. */
    void ready(Runnable task) {
        if (size == ready.length) {
            ready = Arrays.copyOf(ready, size * 2);
        }
        ready[size++] = task;
    }

    /** The task can run after this time. */
    void after(long delay, Runnable task) {
        timers.add(new Timer(nanos + delay, timersSet++, task));
    }

    /** The clock of all clients jumps. */
    void leap(long time) {
        nanos += time;
    }

    /** Runs one event; false if none will ever be possible. */
    boolean step() {
        while (!timers.isEmpty() && timers.peek().due() <= nanos) {
            ready(timers.poll().task());
        }
        if (size == 0) {
            if (timers.isEmpty()) {
                return false;
            }
            nanos = timers.peek().due();
            ready(timers.poll().task());
        }
        steps++;
        nanos += dice.below(nanosPerStep);
        int drawn = dice.below(size);
        var task = ready[drawn];
        ready[drawn] = ready[--size];
        ready[size] = null;
        happened(drawn * 31L + size);
        task.run();
        return true;
    }

    /** Runs all possible events, in their order, until all operations wait for something outside of this world. */
    void settle() {
        while (size > 0) {
            var task = ready[0];
            System.arraycopy(ready, 1, ready, 0, --size);
            ready[size] = null;
            steps++;
            task.run();
        }
    }

    /** Adds to the hash of the history. */
    void happened(long what) {
        hash = Dice.mix(hash * 0x9E3779B97F4A7C15L + what);
    }

    boolean traced() {
        return trace != null;
    }

    /** For people. Check {@link #traced} before you build the text. */
    void say(String what) {
        trace.add(String.format(Locale.ROOT, "%5d  %s", steps, what));
    }

    List<String> trace() {
        return trace == null ? List.of() : trace;
    }
}
