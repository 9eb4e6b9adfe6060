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
        lines.add("| lost by | times | worst takeover, ms | median, ms |");
        lines.add("|---|---:|---:|---:|");
        for (var kind : Kind.values()) {
            long[] millis = run.takeovers().stream()
                    .filter(takeover -> takeover.fault().kind() == kind)
                    .mapToLong(HostsRun.Takeover::millis)
                    .sorted()
                    .toArray();
            if (millis.length > 0) {
                lines.add("| " + kind + " | " + millis.length + " | " + millis[millis.length - 1] + " | "
                        + millis[millis.length / 2] + " |");
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
}
