package rocketrides.simulation;

import java.util.ArrayList;
import java.util.List;

/** One history for both Postgres: its steps, all from one seed, and what the planner is allowed. */
record Script(long seed, String planner, List<Step> steps) {

    /** @param choice seeds whatever the step has to choose */
    record Step(Act act, long choice) {}

    /** As production has it for streamers; then as it might come out, because the order must not hang on a plan. */
    private static final List<String> PLANNERS = List.of(
            "SET enable_seqscan = off",
            "SET enable_indexscan = off; SET enable_bitmapscan = off",
            "SET enable_seqscan = off; SET enable_indexscan = off");

    static Script of(long seed) {
        var dice = new Dice(Dice.mix(seed));
        var planner = PLANNERS.get(dice.below(PLANNERS.size()));
        var steps = new ArrayList<Step>();
        int total = 0;
        for (var act : Act.values()) {
            total += act.weight;
        }
        steps.add(new Step(Act.REGISTER, dice.next()));
        for (int count = dice.between(30, 90); count > 0; count--) {
            steps.add(new Step(act(dice.below(total)), dice.next()));
        }
        return new Script(seed, planner, steps);
    }

    private static Act act(int drawn) {
        int left = drawn;
        for (var act : Act.values()) {
            left -= act.weight;
            if (left < 0) {
                return act;
            }
        }
        throw new IllegalArgumentException("nothing has weight " + drawn);
    }

    Script with(List<Step> fewer) {
        return new Script(seed, planner, fewer);
    }
}
