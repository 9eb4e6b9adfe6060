package rocketrides.chaos;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import rocketrides.chaos.Findings.Invariant;

/** What a run has come to. */
record Summary(
        String name,
        Map<ScheduledFault.Kind, Integer> faults,
        long acknowledged,
        long sent,
        boolean keys,
        long unacknowledged,
        long lost,
        long twice,
        long refusedSaves,
        long worstLevelMillis,
        long seconds,
        Findings findings,
        List<String> seeds) {

    int faultCount() {
        return faults.values().stream().mapToInt(Integer::intValue).sum();
    }

    /** One table over several runs. */
    static String table(List<Summary> runs) {
        var lines = new ArrayList<String>();
        var heads = runs.stream().map(Summary::name).collect(Collectors.toList());
        lines.add(row("", heads));
        lines.add("|---|" + "---:|".repeat(runs.size()));
        lines.add(row("seconds", each(runs, run -> run.seconds)));
        lines.add(row("requests sent", each(runs, run -> run.sent)));
        lines.add(row("rides acknowledged", each(runs, run -> run.acknowledged)));
        lines.add(row("written, but the client never knew", each(runs, run -> run.unacknowledged)));
        lines.add(row("**acknowledged rides lost**", each(runs, run -> run.lost)));
        lines.add(row("**rides counted twice**", each(runs, run -> run.twice)));
        lines.add(row("saves refused: another process had saved before", each(runs, run -> run.refusedSaves)));
        lines.add(row("worst time to level, ms", each(runs, run -> run.worstLevelMillis)));
        lines.add(row("**faults**", each(runs, Summary::faultCount)));
        for (var kind : ScheduledFault.Kind.values()) {
            lines.add(row("fault: " + kind, each(runs, run -> run.faults.getOrDefault(kind, 0))));
        }
        for (var invariant : Invariant.values()) {
            lines.add(row("checked: " + invariant.text, each(runs, run -> run.findings.checks(invariant))));
            lines.add(row(
                    "**broken**: " + invariant.name().toLowerCase(Locale.ROOT),
                    each(runs, run -> run.findings.broken(invariant))));
        }
        lines.removeIf(line ->
                line.matches("\\| (\\*\\*broken\\*\\*|checked): .*") && line.matches("[^|]*\\|[^|]*(\\| *0 )+\\|"));
        lines.add("");
        for (var run : runs) {
            lines.add(run.name + (run.keys ? ", idempotency keys" : ", no idempotency keys") + ", seeds (schedules): "
                    + String.join(", ", run.seeds));
        }
        return String.join("\n", lines) + "\n";
    }

    private static String row(String name, List<String> values) {
        return "| " + name + " | " + String.join(" | ", values) + " |";
    }

    private static List<String> each(List<Summary> runs, java.util.function.Function<Summary, Object> value) {
        return runs.stream().map(value).map(String::valueOf).toList();
    }
}
