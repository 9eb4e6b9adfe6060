package rocketrides.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** Tests the simulation itself: a seed determines everything, and failures are reduced. */
class SimulationTest {

    @Test
    void twoRunsOfASeedAreTheSameHistory() {
        for (long seed = 1; seed <= 200; seed++) {
            var once = run(Plan.of(seed), Mutant.NONE, false);
            var again = run(Plan.of(seed), Mutant.NONE, true);
            assertEquals(once.hash(), again.hash(), "seed " + seed);
            assertEquals(once.steps(), again.steps(), "seed " + seed);
        }
    }

    @Test
    void twoSeedsAreTwoHistories() {
        assertNotEquals(
                run(Plan.of(1), Mutant.NONE, false).hash(),
                run(Plan.of(2), Mutant.NONE, false).hash());
    }

    @Test
    void aFailingSeedIsShrunkToAShortStory() {
        var failure = Campaign.run(1, Mutant.TAG_UNCHECKED_BY_SAVE, 2_000, 1).failure();
        assertNotNull(failure);
        var plan = Plan.of(failure.seed());

        var small = Shrinker.shrink(plan, Mutant.TAG_UNCHECKED_BY_SAVE);

        assertTrue(small.items().size() <= 8, small.items() + " of " + plan.items());
        var story = Shrinker.story(small, Mutant.TAG_UNCHECKED_BY_SAVE);
        assertTrue(
                story.get(story.size() - 1)
                        .startsWith(failure.violation().invariant.name()),
                String.join("\n", story));
        assertTrue(story.size() < 250, String.join("\n", story));
    }

    /**
     * {@code -Dsimulation.seed=…} repeats one history; with {@code -Dsimulation.mutant=…} that of a known-bad variant.
     */
    @Test
    @EnabledIfSystemProperty(named = "simulation.seed", matches = "-?\\d+")
    void theSeedAskedForKeepsEveryInvariant() {
        var mutant = Mutant.valueOf(System.getProperty("simulation.mutant", Mutant.NONE.name()));
        var plan = Plan.of(Long.getLong("simulation.seed"));
        assertNull(run(plan, mutant, false).violation(), () -> ProofReport.story(plan, mutant));
    }

    private static History.Outcome run(Plan plan, Mutant mutant, boolean traced) {
        return QuietLog.during(() -> new History(plan, mutant, traced).run());
    }
}
