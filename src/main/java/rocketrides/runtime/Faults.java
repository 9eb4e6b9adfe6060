package rocketrides.runtime;

import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Predicate;

/** Failures injected on purpose, at named points. One instance belongs to one role instance, on its context. */
@FunctionalInterface
public interface Faults {

    /** Where a failure can be injected; each imitates a real one. */
    enum Point {
        /** The process dies after XADD and before the mark: the segment is sent twice. */
        STREAMER_AFTER_PUBLISH,
        /** The process dies after computing and before the commit: the batch is computed again after a restart. */
        CONSUMER_BEFORE_SAVE,
        /** The transaction rolls back after staging: no change, nothing in the log. */
        API_BEFORE_COMMIT;

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
