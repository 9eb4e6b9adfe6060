package rocketrides.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** The table of results: each measurement with the median of its rounds, their spread, and its goal. */
final class BenchReport {
    private final List<String> lines = new ArrayList<>();

    BenchReport() {
        lines.add("| what | median | min – max | unit | ratio or value | goal |");
        lines.add("|---|--:|--:|---|--:|---|");
    }

    static double median(List<Double> rounds) {
        var sorted = rounds.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        int half = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
    }

    void measured(String what, List<Double> rounds, String unit) {
        add(what, rounds, unit, "", "");
    }

    /** {@code ratio} must be at least {@code goal}. */
    void atLeast(String what, List<Double> rounds, String unit, double ratio, double goal) {
        add(what, rounds, unit, format(ratio) + " ×", "≥ " + goal + " ×" + (ratio >= goal ? " ✓" : " missed"));
    }

    /** The median must be at most {@code goal}. */
    void atMost(String what, List<Double> rounds, String unit, double goal) {
        double median = median(rounds);
        add(what, rounds, unit, "", "≤ " + format(goal) + " " + unit + (median <= goal ? " ✓" : " missed"));
    }

    /** A result that is invalid or could not be measured has no figure. */
    void voided(String what, RuntimeException why) {
        var line = "| " + what + " | VOID | | | | " + why.getMessage() + " |";
        lines.add(line);
        System.out.println(line);
    }

    private void add(String what, List<Double> rounds, String unit, String ratio, String goal) {
        double min = rounds.stream().mapToDouble(d -> d).min().orElseThrow();
        double max = rounds.stream().mapToDouble(d -> d).max().orElseThrow();
        var spread = rounds.size() == 1 ? "" : format(min) + " – " + format(max);
        var line = "| " + String.join(" | ", Arrays.asList(what, format(median(rounds)), spread, unit, ratio, goal))
                + " |";
        lines.add(line);
        System.out.println(line);
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
