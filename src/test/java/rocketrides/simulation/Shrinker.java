package rocketrides.simulation;

import java.util.ArrayList;
import java.util.List;
import rocketrides.simulation.History.Outcome;

/**
 * Reduces a failing schedule: removes halves, then quarters, then single faults, as long as the same invariant is
 * violated under one of a few interleavings.
 */
final class Shrinker {
    private static final int ORDERS = 40;

    /** The most histories to try; later ones hardly reduce it. */
    private static final int TRIALS = 6_000;

    private final Mutant mutant;
    private final Invariant broken;
    private int trials;
    private Plan best;
    private Outcome outcome;

    private Shrinker(Plan plan, Mutant mutant) {
        this.mutant = mutant;
        this.best = plan;
        this.outcome = new History(plan, mutant, false).run();
        if (outcome.violation() == null) {
            throw new IllegalArgumentException("seed " + plan.seed() + " breaks nothing");
        }
        this.broken = outcome.violation().invariant;
    }

    /** The reduced schedule. Run it traced to see each step. */
    static Plan shrink(Plan plan, Mutant mutant) {
        return QuietLog.during(() -> new Shrinker(plan, mutant).shrunk());
    }

    private Plan shrunk() {
        for (int part = best.items().size(); part >= 1; part /= 2) {
            leaveOut(part);
        }
        leaveOut(1);
        shorten();
        return best;
    }

    private void leaveOut(int part) {
        for (int from = 0; from < best.items().size(); ) {
            var fewer = new ArrayList<>(best.items());
            fewer.subList(from, Math.min(from + part, fewer.size())).clear();
            if (!breaks(best.with(fewer))) {
                from += part;
            }
        }
    }

    /** Another interleaving may fail sooner. */
    private void shorten() {
        for (int i = 1; i <= ORDERS * 5; i++) {
            var other = best.with(Dice.mix(best.seed() + i), best.items());
            var tried = new History(other, mutant, false).run();
            if (breaksTheSame(tried) && tried.steps() < outcome.steps()) {
                best = other;
                outcome = tried;
            }
        }
    }

    private boolean breaks(Plan smaller) {
        for (int i = 0; i < ORDERS && trials < TRIALS; i++) {
            trials++;
            var plan = i == 0 ? smaller : smaller.with(Dice.mix(best.seed() - i), smaller.items());
            var tried = new History(plan, mutant, false).run();
            if (breaksTheSame(tried)) {
                best = plan;
                outcome = tried;
                return true;
            }
        }
        return false;
    }

    private boolean breaksTheSame(Outcome tried) {
        return tried.violation() != null && tried.violation().invariant == broken;
    }

    /** Each step of a reduced schedule, and the violation. */
    static List<String> story(Plan plan, Mutant mutant) {
        var told = QuietLog.during(() -> new History(plan, mutant, true).run());
        var lines = new ArrayList<String>();
        lines.add("seed " + plan.seed() + ", shrunk to " + plan.items().size() + " items: " + plan.delivery() + ", "
                + plan.partitions() + " partitions, " + plan.streamers() + " streamers, " + plan.consumers()
                + " consumers, seals of " + plan.sealBatch()
                + ", reads of " + plan.readBatch());
        lines.addAll(told.trace());
        lines.add(told.violation() == null ? "nothing broke" : told.violation().getMessage());
        return lines;
    }
}
