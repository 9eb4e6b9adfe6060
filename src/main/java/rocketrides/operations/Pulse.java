package rocketrides.operations;

import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import rocketrides.runtime.Events.Assigned;
import rocketrides.runtime.Events.Gone;
import rocketrides.runtime.Events.Pause;
import rocketrides.runtime.Events.StepEnded;

/**
 * Knows whether each loop of this process works, from the events after its steps. A loop that hangs sends no events,
 * which shows that it hangs. May be used from any thread.
 */
public final class Pulse {
    /** How long a step may take, in addition to the pause that the step before it announced. */
    static final Duration LONGEST_STEP = Duration.ofSeconds(30);

    /** The state of a role. Only {@code up} means that it works. */
    public enum State {
        UP,
        /** Its steps fail and are retried. */
        FAILING,
        /** Its step should have ended long ago. */
        OVERDUE,
        /** It has stopped for good; the log has the reason. */
        STOPPED,
        /** A person has paused it. */
        PAUSED,
        /** Another process owns it, or this process cannot know. */
        NOT_OWNED;

        @Override
        public String toString() {
            return name().toLowerCase(java.util.Locale.ROOT).replace('_', ' ');
        }
    }

    /** Shorter problems are not reported: a role that crashes works again within milliseconds. */
    static final Duration BLIP = Duration.ofSeconds(2);

    /** {@code since}: when the role began to fail, stopped, or began to work. */
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
            beats.remove(role); // the failed start of the role is over
        }
        beats.merge(
                step.role(),
                new Beat(step, now, now),
                (old, beat) -> old.well() == beat.well() ? new Beat(step, now, old.since) : beat);
    }

    /** Roles that other processes own are not faults of this process. */
    void assigned(Assigned now) {
        notOwned = now.others();
        beats.keySet().removeIf(loop -> notOwned.contains(roleOf(loop)));
        paused.removeAll(notOwned);
    }

    void gone(Gone loop) {
        beats.remove(loop.loop());
        paused.remove(loop.loop());
    }

    /**
     * {@code streamer} for {@code streamer0 (sealing)}, {@code streamer/3} for {@code streamer0 (publishing 3)}. All
     * other loops have the name of their role.
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

    /** The roles that do not work, by name, with their state in one word. Short problems are left out. */
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

    /** Whether no role has a lasting fault, except those that a person has paused. */
    boolean everyRoleWorks() {
        return faults().values().stream().allMatch(State.PAUSED.toString()::equals);
    }

    /** Every known role, by name. */
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
