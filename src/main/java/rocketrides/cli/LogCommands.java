package rocketrides.cli;

import io.vertx.core.json.Json;
import io.vertx.sqlclient.Tuple;
import java.util.Locale;
import java.util.concurrent.locks.LockSupport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ScopeType;
import rocketrides.log.Layout;
import rocketrides.log.LogRecord;
import rocketrides.log.Segment;
import rocketrides.log.SegmentStore;

/** Shows records of the log, read from Postgres: in the order of offsets, without gaps. */
@Command(
        name = "log",
        description = "Shows records of the log.",
        mixinStandardHelpOptions = true,
        scope = ScopeType.INHERIT)
public final class LogCommands {
    private static final String BOUNDS = """
            SELECT coalesce((SELECT min(first_offset) FROM log_segments s WHERE s.partition = h.partition), next_offset)
                     AS beginning, next_offset
              FROM log_head h WHERE partition = $1""";

    private static final int RECORDS = 10;
    private static final int SEGMENTS_PER_READ = 4;
    private static final long PAUSE_NANOS = 200_000_000;

    private final Configuration configuration;

    public LogCommands(Configuration configuration) {
        this.configuration = configuration;
    }

    @Command(description = "Shows one record. Exits with 1 if the log does not hold it.")
    int show(
            @Parameters(paramLabel = "OFFSET", description = "From 1 on.") long offset,
            @Mixin Place place,
            @Mixin Output output) {
        return configuration.inSession(session -> {
            for (var segment :
                    session.await(session.archive(place.partition(session)).read(offset, 1))) {
                if (segment.firstOffset() <= offset && offset <= segment.lastOffset()) {
                    show(segment.records(offset, offset).get(0), segment, output);
                    return Output.OK;
                }
            }
            output.say("The log does not hold offset " + offset + ".");
            return Output.NO;
        });
    }

    @Command(
            description = {
                "Shows the newest records, or all from an offset on, in order.",
                "Exits with 1 if the log does not reach back to that offset."
            })
    int tail(
            @Option(
                            names = "--from",
                            paramLabel = "OFFSET",
                            description = "The first offset to show. Default: the tenth from the end.")
                    Long from,
            @Mixin Place place,
            @Option(
                            names = {"-f", "--follow"},
                            description = "Continue with new records until Ctrl-C.")
                    boolean follow,
            @Mixin Output output) {
        return configuration.inSession(session -> {
            var partition = place.partition(session);
            var found = session.await(session.pool().preparedQuery(BOUNDS).execute(Tuple.of((short) partition)))
                    .iterator();
            if (!found.hasNext()) {
                output.say("The log has no partition " + partition + ".");
                return Output.NO;
            }
            var bounds = found.next();
            long beginning = bounds.getLong("beginning");
            if (from != null && from < beginning) {
                output.say("The log begins at offset " + beginning + ".");
                return Output.NO;
            }
            long next = from != null ? from : Math.max(beginning, bounds.getLong("next_offset") - RECORDS);
            while (!output.out().checkError()) { // until the reader closes the pipe
                long shown = showFrom(next, session.archive(partition), session, output);
                if (shown == next && !follow) {
                    break;
                }
                if (shown == next) {
                    LockSupport.parkNanos(PAUSE_NANOS);
                }
                next = shown;
            }
            return Output.OK;
        });
    }

    /** Returns the next offset to show. */
    private static long showFrom(long offset, SegmentStore archive, Session session, Output output) {
        long next = offset;
        for (var segment : session.await(archive.read(offset, SEGMENTS_PER_READ))) {
            if (segment.firstOffset() > next) {
                throw new IllegalStateException("offset " + next + " is gone: retention has overtaken this reader");
            }
            for (var record : segment.records(next, Long.MAX_VALUE)) {
                show(record, segment, output);
                next = record.offset() + 1;
            }
        }
        return next;
    }

    /** Selects a partition of the log. */
    static final class Place {
        @Option(
                names = "--partition",
                paramLabel = "NUMBER",
                description = "The partition, from 0 on. Default: the first open one.")
        private Short partition;

        int partition(Session session) {
            return partition != null
                    ? partition
                    : session.await(Layout.read(session.pool())).open().get(0);
        }
    }

    /** Writes the data as it is stored: it can be any JSON, with numbers of any precision. */
    private static void show(LogRecord record, Segment segment, Output output) {
        output.text("%d %s %s %s", record.offset(), record.action(), record.object(), record.data());
        output.json(String.format(
                Locale.ROOT,
                "{\"offset\":%d,\"action\":%s,\"object\":%s,\"data\":%s,\"segment\":%d,\"tag\":\"%s\"}",
                record.offset(),
                Json.encode(record.action()),
                Json.encode(record.object()),
                record.data(),
                segment.firstOffset(),
                segment.tag()));
    }
}
