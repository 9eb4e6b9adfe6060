package rocketrides.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import rocketrides.simulation.Campaign.Failure;
import rocketrides.simulation.Campaign.Result;

/** Prints the result of a proof: one table, or the history of a violation. */
final class ProofReport {
    private static final int LONGEST_STORY = 400;

    /** @param tries one for each seed that was needed */
    record Caught(Mutant mutant, List<Result> tries) {}

    private final List<Caught> caught = new ArrayList<>();
    private Result result;

    void add(Result histories) {
        result = histories;
    }

    void add(Caught mutant) {
        caught.add(mutant);
    }

    /** How to repeat a failure, and the smallest schedule that causes it. */
    static String failure(Failure failure) {
        return "Run it again: ./mvnw test -Dtest=SimulationTest -Dsimulation.seed=" + failure.seed() + "\n"
                + story(Plan.of(failure.seed()), Mutant.NONE);
    }

    static String story(Plan plan, Mutant mutant) {
        var lines = Shrinker.story(Shrinker.shrink(plan, mutant), mutant);
        return lines.size() <= LONGEST_STORY
                ? String.join("\n", lines)
                : String.join("\n", lines.subList(0, LONGEST_STORY)) + "\n… and on and on\n"
                        + lines.get(lines.size() - 1);
    }

    @Override
    public String toString() {
        var text = new StringBuilder("\n");
        if (result != null) {
            row(text, "histories", number(result.histories()));
            row(text, "violations", result.failure() == null ? "0" : "1, and the campaign ended there");
            row(text, "steps", number(result.steps()));
            row(text, "steps per second", number((long) (result.steps() / result.seconds())));
            row(text, "seconds", number((long) result.seconds()));
            row(text, "faults", number(result.allFaults()));
            for (var fault : Fault.values()) {
                if (fault.counts()) {
                    row(text, "  " + fault.text, number(result.faults()[fault.ordinal()]));
                }
            }
        }
        long found = caught.stream().filter(one -> last(one).failure() != null).count();
        row(text, "known-bad variants caught", found + " of " + caught.size());
        for (var one : caught) {
            row(text, "  " + one.mutant().text, verdict(one));
        }
        return text.toString();
    }

    private static String verdict(Caught one) {
        var failure = last(one).failure();
        int seeds = one.tries().size();
        return failure == null
                ? "NOT CAUGHT in " + seeds + " seeds"
                : failure.violation().invariant + ", seed " + seeds + ", history " + number(failure.index());
    }

    private static Result last(Caught one) {
        return one.tries().get(one.tries().size() - 1);
    }

    private static String number(long number) {
        return String.format(Locale.ROOT, "%,d", number);
    }

    private static void row(StringBuilder text, String name, String value) {
        text.append(String.format(Locale.ROOT, "| %-92s | %32s |%n", name, value));
    }
}
