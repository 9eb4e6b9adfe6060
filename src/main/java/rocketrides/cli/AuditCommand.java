package rocketrides.cli;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Locale;
import rocketrides.status.Books;
import rocketrides.status.FullAudit;

/** Whether everything is right, found out without the code that made it so. */
@picocli.CommandLine.Command(
        name = "audit",
        description = {
            "Checks the log, and what the application declares about its consumers' totals, in one snapshot.",
            "Reads the whole log.",
            "Exits with 0 if all is right, with 1 if anything is not."
        },
        mixinStandardHelpOptions = true)
public final class AuditCommand extends Command {
    private static final long MAX_SECONDS = 24 * 3600;

    private final Books books;

    public AuditCommand(Configuration configuration, Books books) {
        super(configuration);
        this.books = books;
    }

    @Override
    int run(Session session) {
        var findings = session.await(
                new FullAudit(session.pool(), books).run(check -> say("checking " + check + " …")), MAX_SECONDS);
        boolean green = findings.stream().allMatch(Books.Finding::right);
        if (json()) {
            var list = new JsonArray();
            findings.forEach(f -> list.add(new JsonObject()
                    .put("check", f.check())
                    .put("right", f.right())
                    .put("detail", f.detail())));
            out().println(new JsonObject()
                    .put("green", green)
                    .put("findings", list)
                    .encode());
        } else {
            findings.forEach(
                    f -> out().printf(Locale.ROOT, "%-5s %s: %s%n", f.right() ? "ok" : "WRONG", f.check(), f.detail()));
            out().println(green ? "All is right." : "Something is WRONG: see docs/operating.md.");
        }
        return green ? OK : NO;
    }
}
