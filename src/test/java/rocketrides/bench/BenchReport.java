package rocketrides.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import rocketrides.bench.Cpu.Used;

/**
 * The table of results: each measurement with the median of its rounds, their spread, the cores that were in use, and
 * its goal. While something else uses the machine, no goal is judged.
 */
final class BenchReport {
    /** Cores. */
    private static final double MOST_OF_OTHERS = 0.1;

    private final List<String> lines = new ArrayList<>();

    BenchReport() {
        lines.add("| what | median | min – max | unit | Postgres, Redis, this JVM; others (cores) | ratio | goal |");
        lines.add("|---|--:|--:|---|--:|--:|---|");
    }

    void measured(String what, Rounds rounds, String unit) {
        add(what, rounds, unit, "", "");
    }

    /** The ratio of the medians must be at least {@code goal}. */
    void atLeast(String what, Rounds rounds, String unit, Rounds reference, double goal) {
        double ratio = rounds.median() / reference.median();
        add(what, rounds, unit, times(ratio), "≥ " + times(goal) + judged(ratio >= goal, rounds, reference));
    }

    /** The ratio of the medians must be at most {@code goal}. */
    void atMost(String what, Rounds rounds, String unit, Rounds reference, double goal) {
        double ratio = rounds.median() / reference.median();
        add(what, rounds, unit, times(ratio), "≤ " + times(goal) + judged(ratio <= goal, rounds, reference));
    }

    /** The median must be at most {@code goal}. */
    void atMost(String what, Rounds rounds, String unit, double goal) {
        add(what, rounds, unit, "", "≤ " + format(goal) + " " + unit + judged(rounds.median() <= goal, rounds));
    }

    private static String judged(boolean reached, Rounds... measured) {
        double others = 0;
        for (var rounds : measured) {
            Used used = rounds.used();
            others = Math.max(others, used.seconds() == 0 ? 0 : used.other() / used.seconds());
        }
        return others > MOST_OF_OTHERS
                ? " not judged: others used " + format(others) + " cores"
                : reached ? " ✓" : " missed";
    }

    /** A result that is invalid or could not be measured has no figure. */
    void voided(String what, RuntimeException why) {
        var line = "| " + what + " | VOID | | | | | " + why.getMessage() + " |";
        lines.add(line);
        System.out.println(line);
    }

    private void add(String what, Rounds rounds, String unit, String ratio, String goal) {
        var spread = rounds.count() == 1 ? "" : format(rounds.min()) + " – " + format(rounds.max());
        var line = "| "
                + String.join(
                        " | ",
                        what,
                        format(rounds.median()),
                        spread,
                        unit,
                        rounds.used().cores(),
                        ratio,
                        goal)
                + " |";
        lines.add(line);
        System.out.println(line);
    }

    private static String times(double ratio) {
        return format(ratio) + " ×";
    }

    private static String format(double value) {
        return String.format(Locale.ROOT, value >= 100 ? "%,.0f" : value >= 10 ? "%.1f" : "%.2f", value);
    }

    String write(Path file, String heading) throws IOException {
        var text = heading + "\n\n" + String.join("\n", lines) + "\n";
        Files.writeString(file, text);
        return text;
    }
}
