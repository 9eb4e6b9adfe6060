package rocketrides.cli;

import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.ScopeType;
import rocketrides.runtime.Events;
import rocketrides.runtime.Words;
import rocketrides.status.Books;
import rocketrides.status.FullAudit;
import rocketrides.status.Members;
import rocketrides.status.Status;
import rocketrides.status.StatusReader;

/** Commands about the whole system. The main command inherits them. */
@Command(versionProvider = Commands.Version.class, mixinStandardHelpOptions = true, scope = ScopeType.INHERIT)
public abstract class Commands {
    static final long MAX_SECONDS = 24 * 3600;

    @Mixin
    protected final Configuration configuration;

    private final List<String> schema;
    private final Books books;

    /** {@code schema}: the application's SQL, on the class path. {@code books}: the application's audit. */
    protected Commands(Configuration configuration, List<String> schema, Books books) {
        this.configuration = configuration;
        this.schema = schema;
        this.books = books;
    }

    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() throws Exception {
            try (var version = Commands.class.getResourceAsStream("/rocketrides/version.txt")) {
                return new String(version.readAllBytes(), StandardCharsets.UTF_8)
                        .lines()
                        .toArray(String[]::new);
            }
        }
    }

    static Status status(Session session, Books books) {
        // Queried first: the reader has a short time limit for Redis, and this process has only just started.
        Long entries = session.await(session.entries().otherwiseEmpty());
        return session.await(
                new StatusReader(session.pool(), session.settings().log(), books, () -> Future.succeededFuture(entries))
                        .read());
    }

    @Command(
            description = {
                "Shows totals, backlog, log and consumers, all read in one snapshot.",
                "Always exits with 0; use audit to check whether the totals are right."
            })
    int status(@Mixin Output output) {
        return configuration.inSession(session -> {
            var status = status(session, books);
            output.json(status.toJson());
            var log = status.log();
            if (status.audited()) {
                output.text("total      %s", status.total());
            }
            output.text("staged     %s", status.stagedInWords());
            output.text("log        head %d, published %d", log.headOffset(), log.publishedOffset());
            output.text("stream     %s (%s), %s", log.stream(), log.delivery(), entries(log.streamEntries()));
            if (status.partitions().size() > 1) {
                status.partitions().forEach(partition -> output.text("%s", partition.describe(status.members())));
            }
            status.consumers()
                    .forEach(c -> output.text(
                            "%-10s offset %d, lag %,d%s",
                            c.name(), c.offset(), c.lag(), c.total() == null ? "" : ", " + c.total()));
            return Output.OK;
        });
    }

    private static String entries(Long count) {
        return count == null ? "Redis is away" : Words.number(count) + (count == 1 ? " entry" : " entries");
    }

    @Command(
            description = {
                "Checks the log, and the consumers' totals as the application declares them, in one snapshot.",
                "Reads the whole log.",
                "Exits with 0 if everything is right, otherwise with 1."
            })
    int audit(@Mixin Output output) {
        return configuration.inSession(session -> {
            var findings = findings(session);
            boolean green = findings.stream().allMatch(Books.Finding::right);
            findings.forEach(f -> output.text("%-5s %s: %s", f.right() ? "ok" : "WRONG", f.check(), f.detail()));
            var list = new JsonArray(findings.stream()
                    .map(f -> new JsonObject()
                            .put("check", f.check())
                            .put("right", f.right())
                            .put("detail", f.detail()))
                    .toList());
            output.text(green ? "Everything is right." : "Something is WRONG: see docs/operating.md.");
            output.json(new JsonObject().put("green", green).put("findings", list));
            return green ? Output.OK : Output.NO;
        });
    }

    private List<Books.Finding> findings(Session session) {
        try (var progress = ProgressLine.of("audit", FullAudit.CHECKS)) {
            return session.await(FullAudit.run(session.pool(), books, progress::begins), MAX_SECONDS);
        }
    }

    @Command(
            description = {
                "Lists the processes: when each was last seen, the roles it owns, and the others it takes part in.",
                "Then lists the roles without an owner. Exits with 1 if there is one."
            })
    int members(@Mixin Output output) {
        return configuration.inSession(session -> {
            var now = session.await(Members.read(session.pool()));
            output.json(now.toJson());
            for (var member : now.members()) {
                var others = new ArrayList<>(member.roles());
                now.owned(member).forEach(role -> others.remove(Events.roleOf(role)));
                output.text(
                        "%s, seen %s ago, owns %s%s",
                        member.id(),
                        Words.span(member.seen()),
                        names(now.owned(member)),
                        others.isEmpty() ? "" : "; takes part in " + names(others));
            }
            var unowned = now.roles().stream()
                    .filter(role -> role.owner() == null)
                    .map(Members.Role::name)
                    .toList();
            if (!unowned.isEmpty()) {
                output.text("nobody owns %s", names(unowned));
            }
            return unowned.isEmpty() ? Output.OK : Output.NO;
        });
    }

    private static String names(List<String> roles) {
        return roles.isEmpty() ? "nothing" : String.join(", ", roles);
    }

    @Command(
            description = {
                "Creates the tables, or updates them to this version. The program also does so at its start, but for tables"
                        + " of an older version, which only this command updates.",
                "Before it updates these, stop all streamers and consumers.",
                "Fails and changes nothing if existing tables of these names have another shape.",
                "For the role that owns the tables, if the program's own role may not change them."
            })
    int schema(@Mixin Output output) {
        return configuration.inSessionOfOwnServers(session -> {
            var progress = ProgressLine.of("schema", -1);
            try {
                session.applySchema(schema);
            } finally {
                progress.close();
            }
            output.text("The schema is up to date.");
            output.json(new JsonObject().put("applied", true));
            return Output.OK;
        });
    }
}
