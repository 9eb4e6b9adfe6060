package rocketrides.cli;

import java.util.concurrent.locks.LockSupport;
import picocli.CommandLine.Option;

/** The newest records, or all from an offset on: from the archive, so in the order of offsets and without a gap. */
@picocli.CommandLine.Command(
        name = "tail",
        description = {
            "Shows the newest records, or all from an offset on, in order.",
            "Exits with 1 if the log does not reach back to that offset."
        },
        mixinStandardHelpOptions = true)
public final class LogTailCommand extends Command {
    private static final String BOUNDS = """
            SELECT coalesce((SELECT min(first_offset) FROM log_segments), next_offset) AS beginning, next_offset
              FROM log_head WHERE one""";

    private static final int RECORDS = 10;
    private static final int SEGMENTS_PER_READ = 4;
    private static final long PAUSE_NANOS = 200_000_000;

    @Option(
            names = "--from",
            paramLabel = "OFFSET",
            description = "The first offset to show. Default: the tenth from the end.")
    private Long from;

    @Option(
            names = {"-f", "--follow"},
            description = "Go on with new records until Ctrl-C.")
    private boolean follow;

    public LogTailCommand(Configuration configuration) {
        super(configuration);
    }

    @Override
    int run(Session session) {
        var bounds =
                session.await(session.pool().query(BOUNDS).execute()).iterator().next();
        long beginning = bounds.getLong("beginning");
        if (from != null && from < beginning) {
            say("The log begins at offset " + beginning + ".");
            return NO;
        }
        long next = from != null ? from : Math.max(beginning, bounds.getLong("next_offset") - RECORDS);
        while (!out().checkError()) { // until whoever reads has seen enough
            long shown = show(session, next);
            if (shown == next && !follow) {
                return OK;
            }
            if (shown == next) {
                LockSupport.parkNanos(PAUSE_NANOS);
            }
            next = shown;
        }
        return OK;
    }

    /** Answers the next offset to show. */
    private long show(Session session, long offset) {
        long next = offset;
        for (var segment : session.await(session.archive().read(offset, SEGMENTS_PER_READ))) {
            if (segment.firstOffset() > next) {
                throw new IllegalStateException("offset " + next + " is gone: retention has overtaken this reader");
            }
            for (var record : segment.records(next, Long.MAX_VALUE)) {
                out().println(json() ? Records.json(record, segment) : Records.line(record));
                next = record.offset() + 1;
            }
        }
        return next;
    }
}
