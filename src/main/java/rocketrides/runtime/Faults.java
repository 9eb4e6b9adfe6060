package rocketrides.runtime;

import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Predicate;

/** Injects failures at named points. Each role instance has its own object, used on its context. */
@FunctionalInterface
public interface Faults {

    /** The points at which a failure can be injected. Each imitates a real failure. */
    enum Point {
        /** After XADD and before the segment is marked as published. */
        STREAMER_AFTER_PUBLISH("published but not marked, so it is sent twice"),
        CONSUMER_BEFORE_SAVE("crashed before saving, so it starts again from its checkpoint"),
        API_BEFORE_COMMIT("rolled back after staging, so nothing of it is stored, and nothing is in the log");

        private final String consequence;

        Point(String consequence) {
            this.consequence = consequence;
        }

        /** The consequence of the failure, for people. */
        public String consequence() {
            return consequence;
        }

        /** As written in the configuration: {@code streamer-after-publish}, … */
        @Override
        public String toString() {
            return name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
        }
    }

    /** An injected failure. It has no stack trace, so it is cheap. */
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

    /** Injects nothing. */
    Faults NONE = point -> {};

    /** Returns, or throws in place of the real failure. */
    void at(Point point) throws SimulatedFailure;

    /** Fails whenever {@code strikes} is true. For tests with scripted failures. */
    static Faults scripted(Predicate<Point> strikes) {
        return point -> {
            if (strikes.test(point)) {
                throw new SimulatedFailure(point);
            }
        };
    }

    /**
     * Fails at random, with a rate from 0 to 1 for each point. The same seed and owner give the same sequence.
     *
     * @param rates read at each call, so they can be changed while the program runs
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
