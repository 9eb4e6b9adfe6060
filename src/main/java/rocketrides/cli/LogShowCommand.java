package rocketrides.cli;

import picocli.CommandLine.Parameters;

/** One record. */
@picocli.CommandLine.Command(
        name = "show",
        description = "Shows one record. Exits with 1 if the log does not hold it.",
        mixinStandardHelpOptions = true)
public final class LogShowCommand extends Command {
    @Parameters(paramLabel = "OFFSET", description = "From 1 on.")
    private long offset;

    public LogShowCommand(Configuration configuration) {
        super(configuration);
    }

    @Override
    int run(Session session) {
        for (var segment : session.await(session.archive().read(offset, 1))) {
            if (segment.firstOffset() <= offset && offset <= segment.lastOffset()) {
                var record = segment.records(offset, offset).get(0);
                out().println(json() ? Records.json(record, segment) : Records.line(record));
                return OK;
            }
        }
        say("The log does not hold offset " + offset + ".");
        return NO;
    }
}
