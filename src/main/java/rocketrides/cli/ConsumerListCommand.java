package rocketrides.cli;

import java.util.Locale;
import rocketrides.status.Books;

/** The consumers that have a checkpoint. */
@picocli.CommandLine.Command(
        name = "list",
        description = "Lists the consumers that are registered, whether they run or not.",
        mixinStandardHelpOptions = true)
public final class ConsumerListCommand extends Command {
    private final Books books;

    public ConsumerListCommand(Configuration configuration, Books books) {
        super(configuration);
        this.books = books;
    }

    @Override
    int run(Session session) {
        var status = StatusCommand.read(session, books);
        if (json()) {
            out().println(status.toJson().getJsonArray("consumers").encode());
            return OK;
        }
        out().printf(
                        Locale.ROOT,
                        "%-20s %12s %10s %10s %10s %8s%n",
                        "NAME",
                        "OFFSET",
                        "LAG",
                        "SKIPPED",
                        "HEALED",
                        "REJECTED");
        status.consumers().forEach(c -> out().printf(
                        Locale.ROOT,
                        "%-20s %12d %10d %10d %10d %8d%n",
                        c.name(),
                        c.offset(),
                        c.lag(),
                        c.counters().duplicatesSkipped(),
                        c.counters().gapsHealed(),
                        c.counters().rejected()));
        return OK;
    }
}
