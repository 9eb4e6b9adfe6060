package rocketrides.simulation;

import java.util.ArrayList;
import java.util.List;

/**
 * One history for both Postgres: its steps, all from one seed.
 *
 * @param planner the planner's settings
 * @param names the number of consumers
 */
record Script(long seed, String planner, int names, List<Step> steps) {

    /** @param choice seeds the choices of the step */
    record Step(Act act, long choice) {}

    /** First as in production for streamers, then others, because the order must not depend on a plan. */
    private static final List<String> PLANNERS = List.of(
            "SET enable_seqscan = off",
            "SET enable_indexscan = off; SET enable_bitmapscan = off",
            "SET enable_seqscan = off; SET enable_indexscan = off");

    static Script of(long seed) {
        var dice = new Dice(Dice.mix(seed));
        var planner = PLANNERS.get(dice.below(PLANNERS.size()));
        int names = dice.between(1, 3);
        var bag = bag(dice);
        var steps = new ArrayList<Step>();
        for (int i = 0; i < names; i++) {
            steps.add(new Step(Act.REGISTER, dice.next()));
        }
        for (int count = dice.between(30, 90); count > 0; count--) {
            steps.add(new Step(bag.get(dice.below(bag.size())), dice.next()));
        }
        return new Script(seed, planner, names, steps);
    }

    /**
     * Combinations of a few kinds of steps matter most, so each kind is rare in one history and frequent in another.
     */
    private static List<Act> bag(Dice dice) {
        var bag = new ArrayList<Act>();
        for (var act : Act.values()) {
            int times = act.weight * (act.needed ? 1 : dice.below(4));
            for (int i = 0; i < times; i++) {
                bag.add(act);
            }
        }
        return bag;
    }

    Script with(List<Step> fewer) {
        return new Script(seed, planner, names, fewer);
    }
}
