package rocketrides.simulation;

import java.util.ArrayList;
import java.util.function.Predicate;

/** Removes halves of a script, then quarters, then single steps, as long as it fails in the same way. */
final class Shortening {
    /** Enough: later trials hardly shorten it. */
    private static final int TRIALS = 300;

    private final Predicate<Script> fails;
    private int trials;

    Shortening(Predicate<Script> fails) {
        this.fails = fails;
    }

    Script shorten(Script script) {
        var best = script;
        for (int part = script.steps().size() / 2; part >= 1; part /= 2) {
            best = without(part, best);
        }
        return without(1, best);
    }

    private Script without(int part, Script script) {
        var best = script;
        for (int from = 0; from < best.steps().size() && trials < TRIALS; ) {
            var fewer = new ArrayList<>(best.steps());
            fewer.subList(from, Math.min(from + part, fewer.size())).clear();
            trials++;
            if (fails.test(best.with(fewer))) {
                best = best.with(fewer);
            } else {
                from += part;
            }
        }
        return best;
    }
}
