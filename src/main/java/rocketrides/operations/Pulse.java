package rocketrides.operations;

import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import rocketrides.runtime.Events.Assigned;
import rocketrides.runtime.Events.Pause;
import rocketrides.runtime.Events.StepEnded;

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
        STOPPED,
        /** Somebody has paused it. */
        PAUSED,
        /** Another process does it, or this one cannot know. */
        NOT_OWNED;

        @Override
        public String toString() {
            return name().toLowerCase(java.util.Locale.ROOT).replace('_', ' ');
        }
    }

    /** What lasts no longer is not worth telling: a role that crashes is at work again within milliseconds. */
    static final Duration BLIP = Duration.ofSeconds(2);

    /** {@code since}: when it began to fail, stopped or began to work. */
    private record Beat(StepEnded step, long nanoTime, long since) {
        boolean well() {
            return step.failure() == null && !step.ended();
        }
    }

    private volatile Set<String> notOwned = Set.of();
    private final Map<String, Beat> beats = new ConcurrentHashMap<>();
    private final Set<String> paused = ConcurrentHashMap.newKeySet();
    private final LongSupplier nanoTime;

    public Pulse(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    void stepEnded(StepEnded step) {
        var now = nanoTime.getAsLong();
        var role = roleOf(step.role());
        if (!role.equals(step.role())) {
            beats.remove(role); // that it could not be started is over
        }
        beats.merge(
                step.role(),
                new Beat(step, now, now),
                (old, beat) -> old.well() == beat.well() ? new Beat(step, now, old.since) : beat);
    }

    /** What is done elsewhere now is no fault of this process. */
    void assigned(Assigned now) {
        notOwned = now.others();
        beats.keySet().removeIf(loop -> notOwned.contains(roleOf(loop)));
        paused.removeAll(notOwned);
    }

    /**
     * {@code streamer} of {@code streamer0 (sealing)}, {@code streamer/3} of {@code streamer0 (publishing 3)}; every other loop
     * has the name of its role.
     */
    private static String roleOf(String loop) {
        return loop.replaceFirst("\\d+ \\(\\w+ (\\d+)\\)", "/$1").replaceFirst("\\d+ \\(.*", "");
    }

    void paused(Pause order) {
        if (order.paused()) {
            paused.add(order.role());
        } else if (paused.remove(order.role())) {
            var now = nanoTime.getAsLong();
            beats.computeIfPresent(
                    order.role(), (role, beat) -> new Beat(new StepEnded(role, Duration.ZERO, null, false), now, now));
        }
    }

    /** The roles that do not do their work, by name, each with its state in one word. Hiccups are left out. */
    public Map<String, String> faults() {
        var faults = new TreeMap<String, String>();
        beats.forEach((role, beat) -> {
            var state = state(role, beat);
            boolean lasts = nanoTime.getAsLong() - beat.since > BLIP.toNanos();
            if (state == State.PAUSED || state != State.UP && lasts) {
                faults.put(role, state.toString());
            }
        });
        return faults;
    }

    /** Whether no role has a fault that lasts, but for those that somebody has paused. */
    boolean everyRoleWorks() {
        return faults().values().stream().allMatch(State.PAUSED.toString()::equals);
    }

    /** Every role that has been heard of, in the order of names. */
    Map<String, State> states() {
        var states = new TreeMap<String, State>();
        beats.forEach((role, beat) -> states.put(role, state(role, beat)));
        notOwned.forEach(role -> states.put(role, State.NOT_OWNED));
        return states;
    }

    private State state(String role, Beat beat) {
        if (paused.contains(role)) {
            return State.PAUSED;
        }
        if (beat.step.ended()) {
            return State.STOPPED;
        }
        if (nanoTime.getAsLong() - beat.nanoTime
                > beat.step.next().plus(LONGEST_STEP).toNanos()) {
            return State.OVERDUE;
        }
        return beat.step.failure() == null ? State.UP : State.FAILING;
    }
}
