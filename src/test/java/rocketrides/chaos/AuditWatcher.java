package rocketrides.chaos;

import java.io.IOException;
import java.util.List;
import rocketrides.chaos.Findings.Invariant;

/** Reads the last audit of all hosts repeatedly. A host that does not answer is skipped. */
final class AuditWatcher extends Watcher {
    private static final String BALANCED = "rocketrides_audit_balanced";

    private final List<Member> members;
    private final Findings findings;

    AuditWatcher(List<Member> members, Findings findings) {
        super("audit watcher", 300);
        this.members = members;
        this.findings = findings;
    }

    @Override
    void look() {
        for (var member : members) {
            try {
                var balanced = member.metrics().get(BALANCED);
                if (balanced != null && !balanced.isNaN()) { // otherwise it does not audit
                    findings.check(Invariant.AUDIT_GREEN, balanced == 1, "%s says %s", member, balanced);
                }
            } catch (IOException e) {
                continue; // lost on purpose
            }
        }
    }

    @Override
    void disconnect() {}
}
