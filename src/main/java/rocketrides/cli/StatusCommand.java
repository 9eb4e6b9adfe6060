package rocketrides.cli;

import io.vertx.core.Future;
import java.util.Locale;
import rocketrides.status.Books;
import rocketrides.status.Status;
import rocketrides.status.StatusReader;

/** Where everything stands. */
@picocli.CommandLine.Command(
        name = "status",
        description = {
            "Shows totals, backlog, log and consumers, as of one moment.",
            "Exits with 0 whatever they are; audit tells whether they are right."
        },
        mixinStandardHelpOptions = true)
public final class StatusCommand extends Command {
    private final Books books;

    public StatusCommand(Configuration configuration, Books books) {
        super(configuration);
        this.books = books;
    }

    static Status read(Session session, Books books) {
        // Asked for here, because the reader is in a hurry, and this program has only just been started.
        Long entries = session.await(session.stream().length().otherwiseEmpty());
        return session.await(
                new StatusReader(session.pool(), session.settings().log(), books, () -> Future.succeededFuture(entries))
                        .read());
    }

    @Override
    int run(Session session) {
        var status = read(session, books);
        if (json()) {
            out().println(status.toJson().encode());
            return OK;
        }
        var log = status.log();
        var entries = log.streamEntries() == null
                ? "Redis is away"
                : log.streamEntries() + (log.streamEntries() == 1 ? " entry" : " entries");
        if (status.audited()) {
            out().printf(Locale.ROOT, "total      %s%n", status.total());
        }
        out().printf(Locale.ROOT, "staged     %s%n", status.stagedInWords());
        out().printf(Locale.ROOT, "log        head %d, published %d%n", log.headOffset(), log.publishedOffset());
        out().printf(Locale.ROOT, "stream     %s (%s), %s%n", log.stream(), log.delivery(), entries);
        status.consumers().forEach(c -> out().printf(
                        Locale.ROOT,
                        "%-10s offset %d, lag %d%s%n",
                        c.name(),
                        c.offset(),
                        c.lag(),
                        c.total() == null ? "" : ", " + c.total()));
        return OK;
    }
}
