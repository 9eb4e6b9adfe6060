package rocketrides.operations;

import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import rocketrides.Events.Passed;

/**
 * Whether each loop of this process is alive, from what it tells after its steps. A loop that hangs tells nothing, and
 * is seen by that. To be used from any thread.
 */
public final class Pulse {
    /** How long a step may take, beyond the pause that its predecessor announced. */
    static final Duration LONGEST_STEP = Duration.ofSeconds(30);

    /** How a role is; {@code up} only if it does its work. */
    public enum State {
        UP,
        /** Its steps fail, and it keeps trying. */
        FAILING,
        /** Its step should have ended long ago. */
        OVERDUE,
        /** It has given up; the log says why. */
        STOPPED;

        @Override
        public String toString() {
            return name().toLowerCase(java.util.Locale.ROOT);
        }
    }

    private record Beat(Passed passed, long nanoTime) {}

    private final Map<String, Beat> beats = new ConcurrentHashMap<>();
    private final LongSupplier nanoTime;

    public Pulse(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    void passed(Passed passed) {
        beats.put(passed.role(), new Beat(passed, nanoTime.getAsLong()));
    }

    /** Every role that has been heard of, in the order of names. */
    Map<String, State> states() {
        var states = new TreeMap<String, State>();
        beats.forEach((role, beat) -> states.put(role, state(beat)));
        return states;
    }

    private State state(Beat beat) {
        if (beat.passed.ended()) {
            return State.STOPPED;
        }
        if (nanoTime.getAsLong() - beat.nanoTime
                > beat.passed.next().plus(LONGEST_STEP).toNanos()) {
            return State.OVERDUE;
        }
        return beat.passed.failure() == null ? State.UP : State.FAILING;
    }
}
