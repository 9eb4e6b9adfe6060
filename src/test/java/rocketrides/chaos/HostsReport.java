package rocketrides.chaos;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import rocketrides.chaos.Findings.Invariant;
import rocketrides.chaos.HostFault.Kind;

/** What a run over several hosts has come to. */
final class HostsReport {
    private HostsReport() {}

    static String of(HostsRun run) throws IOException {
        var lines = new ArrayList<String>();
        lines.add(run.acknowledged() + " rides acknowledged; " + run.takeovers().size() + " hosts lost; "
                + run.refusedSaves() + " saves refused, because another host had saved before");
        lines.add("");
        lines.add(
                "| lost by | times | worst takeover, ms | median, ms | worst while some host got nothing from Redis, ms |");
        lines.add("|---|---:|---:|---:|---:|");
        for (var kind : Kind.values()) {
            long[] millis = millis(run, kind, false);
            long[] silent = millis(run, kind, true);
            if (millis.length + silent.length > 0) {
                lines.add("| " + kind + " | " + (millis.length + silent.length) + " | " + at(millis, millis.length - 1)
                        + " | " + at(millis, millis.length / 2) + " | " + at(silent, silent.length - 1) + " |");
            }
        }
        lines.add("");
        lines.add("| must hold | checked | broken |");
        lines.add("|---|---:|---:|");
        Arrays.stream(Invariant.values())
                .filter(invariant -> run.findings().checks(invariant) > 0)
                .forEach(invariant ->
                        lines.add("| " + invariant.text + " | " + run.findings().checks(invariant) + " | "
                                + run.findings().broken(invariant) + " |"));
        return String.join("\n", lines) + "\n";
    }

    /** Sorted. */
    private static long[] millis(HostsRun run, Kind kind, boolean redisSilent) {
        return run.takeovers().stream()
                .filter(takeover -> takeover.fault().kind() == kind && takeover.redisSilent() == redisSilent)
                .mapToLong(HostsRun.Takeover::millis)
                .sorted()
                .toArray();
    }

    private static String at(long[] millis, int index) {
        return millis.length == 0 ? "" : Long.toString(millis[index]);
    }
}
