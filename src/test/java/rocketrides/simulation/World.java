package rocketrides.simulation;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.PriorityQueue;

/**
 * Order and time of one history. Whatever could happen next stands in one bag; each step draws one thing from it and
 * lets it happen. When nothing can happen, time goes on to the next timer. All randomness comes from the one dice, so
 * two worlds with the same seed are the same, step by step.
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

    /** The same for two histories only if the same things happened in the same order. */
    long hash() {
        return hash;
    }

    /** It can happen from now on. */
    void ready(Runnable task) {
        if (size == ready.length) {
            ready = Arrays.copyOf(ready, size * 2);
        }
        ready[size++] = task;
    }

    /** It can happen once this time has passed. */
    void after(long delay, Runnable task) {
        timers.add(new Timer(nanos + delay, timersSet++, task));
    }

    /** The clock of all clients leaps. */
    void leap(long time) {
        nanos += time;
    }

    /** Lets one thing happen; false if nothing ever will. */
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

    /** Lets everything happen that can, first come first served, until all wait for somebody outside of this world. */
    void settle() {
        while (size > 0) {
            var task = ready[0];
            System.arraycopy(ready, 1, ready, 0, --size);
            ready[size] = null;
            steps++;
            task.run();
        }
    }

    /** Goes into the hash of the history. */
    void happened(long what) {
        hash = Dice.mix(hash * 0x9E3779B97F4A7C15L + what);
    }

    boolean traced() {
        return trace != null;
    }

    /** For people; ask {@link #traced} before the words are put together. */
    void say(String what) {
        trace.add(String.format(Locale.ROOT, "%5d  %s", steps, what));
    }

    List<String> trace() {
        return trace == null ? List.of() : trace;
    }
}
