package rocketrides.simulation;

import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import rocketrides.simulation.Invariant.Violation;

/** Runs a number of histories from one seed, one at a time on each thread. Stops at the first violated invariant. */
final class Campaign {
    private final long seed;
    private final Mutant mutant;
    private final AtomicLong next = new AtomicLong();
    private volatile Failure failure;

    /** @param index the number of the history in the campaign, from 1 */
    record Failure(long seed, long index, Violation violation) {}

    /** @param failure null if no invariant was violated */
    record Result(long histories, long steps, long[] faults, double seconds, Failure failure) {
        long allFaults() {
            long sum = 0;
            for (var fault : Fault.values()) {
                sum += fault.counts() ? faults[fault.ordinal()] : 0;
            }
            return sum;
        }
    }

    private Campaign(long seed, Mutant mutant) {
        this.seed = seed;
        this.mutant = mutant;
    }

    /** The campaign of a system property: a number, {@code random}, or the default. */
    static long asked(String property) {
        var asked = System.getProperty(property, "20261125");
        return asked.equals("random") ? new SecureRandom().nextLong() : Long.parseLong(asked);
    }

    /** The seed of one history. */
    static long seed(long campaign, long index) {
        return Dice.mix(campaign + index * 0x9E3779B97F4A7C15L);
    }

    static Result run(long seed, Mutant mutant, long histories, int threads) {
        var campaign = new Campaign(seed, mutant);
        long began = System.nanoTime();
        return QuietLog.during(() -> campaign.run(histories, threads, began));
    }

    private Result run(long histories, int threads, long began) {
        ExecutorService executor = Executors.newFixedThreadPool(threads);
        try {
            var parts = new ArrayList<Future<long[]>>();
            for (int i = 0; i < threads; i++) {
                parts.add(executor.submit(() -> part(histories)));
            }
            var sums = new long[Fault.values().length + 2];
            for (var part : parts) {
                var counts = part.get();
                for (int i = 0; i < sums.length; i++) {
                    sums[i] += counts[i];
                }
            }
            var faults = java.util.Arrays.copyOf(sums, Fault.values().length);
            return new Result(
                    sums[sums.length - 1], sums[sums.length - 2], faults, (System.nanoTime() - began) / 1e9, failure);
        } catch (InterruptedException | ExecutionException e) {
            throw new IllegalStateException("campaign " + seed, e);
        } finally {
            executor.shutdownNow();
        }
    }

    /** By fault; then steps; then histories. */
    private long[] part(long histories) {
        var counts = new long[Fault.values().length + 2];
        long index;
        while (failure == null && (index = next.incrementAndGet()) <= histories) {
            var outcome = history(seed(seed, index));
            for (int i = 0; i < outcome.faults().length; i++) {
                counts[i] += outcome.faults()[i];
            }
            counts[counts.length - 2] += outcome.steps();
            counts[counts.length - 1]++;
            if (outcome.violation() != null) {
                failed(new Failure(seed(seed, index), index, outcome.violation()));
            }
        }
        return counts;
    }

    private History.Outcome history(long historySeed) {
        try {
            return new History(Plan.of(historySeed), mutant, false).run();
        } catch (RuntimeException e) {
            throw new IllegalStateException("the history of seed " + historySeed, e);
        }
    }

    private synchronized void failed(Failure found) {
        if (failure == null || found.index() < failure.index()) {
            failure = found;
        }
    }
}
