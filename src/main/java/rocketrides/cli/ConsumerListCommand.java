package rocketrides.cli;

import java.util.Locale;

/** The consumers that have a checkpoint. */
@picocli.CommandLine.Command(
        name = "list",
        description = "Lists the consumers that are registered, whether they run or not.",
        mixinStandardHelpOptions = true)
public final class ConsumerListCommand extends Command {
    public ConsumerListCommand(Configuration configuration) {
        super(configuration);
    }

    @Override
    int run(Session session) {
        var status = StatusCommand.read(session);
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
                        c.duplicatesSkipped(),
                        c.gapsHealed(),
                        c.rejected()));
        return OK;
    }
}
