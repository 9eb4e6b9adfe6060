package rocketrides.simulation;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.LongUnaryOperator;

/** Runs histories on both Postgres, one after the other, until they differ. */
final class Duels {
    private final RealPostgres real;

    Duels(RealPostgres real) {
        this.real = real;
    }

    /** @param index the number of the history, from 1 */
    record Found(long index, Script script, RuntimeException what) {}

    /** @param found null without a difference */
    record Result(long histories, long steps, double seconds, Set<SqlMutant> edited, Found found) {}

    /**
     * @param mutant null for the unchanged statements
     * @param seeds the seed of each history by its index
     */
    Result run(SqlMutant mutant, LongUnaryOperator seeds, long from, long to) {
        var edited = new HashSet<SqlMutant>();
        use(mutant, edited);
        long began = System.nanoTime();
        long steps = 0;
        long index = from - 1;
        Found found = null;
        while (found == null && index < to) {
            var script = Script.of(seeds.applyAsLong(++index));
            var what = play(script, story -> {});
            steps += script.steps().size();
            found = what == null ? null : new Found(index, script, what);
        }
        return new Result(index - from + 1, steps, (System.nanoTime() - began) / 1e9, edited, found);
    }

    private void use(SqlMutant mutant, Set<SqlMutant> edited) {
        real.edit(
                mutant == null
                        ? (operation, sql) -> sql
                        : (operation, sql) -> {
                            synchronized (edited) {
                                return mutant.edit(operation, sql, edited);
                            }
                        });
    }

    /** Observes one history. */
    private interface Listener {
        void told(List<String> story);
    }

    private RuntimeException play(Script script, Listener listener) {
        var performance = new Performance(script, real);
        try {
            performance.run();
            return null;
        } catch (Difference | Invariant.Violation e) {
            real.recover();
            return e;
        } finally {
            listener.told(performance.story());
        }
    }

    /** A shortened history with the same difference, step by step, for the last mutant. */
    String story(Found found) {
        var small = new Shortening(script -> sameKind(play(script, story -> {}), found.what())).shorten(found.script());
        var text = new StringBuilder(
                "seed " + small.seed() + ", shrunk to " + small.steps().size() + " of "
                        + found.script().steps().size() + " steps; planner: " + small.planner() + "\n");
        var what = play(small, story -> story.forEach(line -> text.append(line).append('\n')));
        return text.append(what == null ? "this time there was no difference" : what.getMessage())
                .toString();
    }

    private static boolean sameKind(RuntimeException one, RuntimeException other) {
        return one instanceof Difference a && other instanceof Difference b
                ? a.kind == b.kind
                : one instanceof Invariant.Violation c
                        && other instanceof Invariant.Violation d
                        && c.invariant == d.invariant;
    }
}
