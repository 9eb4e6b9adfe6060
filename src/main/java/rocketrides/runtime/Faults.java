package rocketrides.runtime;

import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Predicate;

/** Failures injected on purpose, at named points. One instance belongs to one role instance, on its context. */
@FunctionalInterface
public interface Faults {

    /** Where a failure can be injected; each imitates a real one. */
    enum Point {
        /** After XADD and before the mark. */
        STREAMER_AFTER_PUBLISH("published but not marked, so it is sent twice"),
        CONSUMER_BEFORE_SAVE("crashed before saving, so it starts again from its checkpoint"),
        API_BEFORE_COMMIT("rolled back after staging, so nothing of it is stored, and nothing is in the log");

        private final String consequence;

        Point(String consequence) {
            this.consequence = consequence;
        }

        /** What follows from it, for people. */
        public String consequence() {
            return consequence;
        }

        /** As written in the configuration: {@code streamer-after-publish}, … */
        @Override
        public String toString() {
            return name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
        }
    }

    /** The injected failure itself. Cheap: it carries no stack trace. */
    final class SimulatedFailure extends RuntimeException {
        private static final long serialVersionUID = 1;
        private final Point point;

        public SimulatedFailure(Point point) {
            super("simulated failure " + point, null, false, false);
            this.point = point;
        }

        public Point point() {
            return point;
        }
    }

    /** Never fails. */
    Faults NONE = point -> {};

    /** Returns, or fails as the point's real failure would. */
    void at(Point point) throws SimulatedFailure;

    /** Fails where {@code strikes} says so; for tests that script their failures. */
    static Faults scripted(Predicate<Point> strikes) {
        return point -> {
            if (strikes.test(point)) {
                throw new SimulatedFailure(point);
            }
        };
    }

    /**
     * Fails at random, each point with its own rate in [0, 1]; the same seed and owner give the same sequence.
     *
     * @param rates looked up each time, so that they may be changed while the program runs
     * @param owner the role instance, for example {@code consumer0}, so that instances fail independently
     */
    static Faults random(Map<Point, Double> rates, long seed, String owner) {
        var random = new SplittableRandom(seed ^ ((long) owner.hashCode() << 32));
        return scripted(point -> {
            double rate = rates.getOrDefault(point, 0.0);
            return rate > 0 && random.nextDouble() < rate;
        });
    }
}
