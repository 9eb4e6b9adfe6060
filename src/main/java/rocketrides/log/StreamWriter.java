package rocketrides.log;

import io.vertx.core.Future;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import rocketrides.config.Settings;
import rocketrides.config.Settings.Delivery;
import rocketrides.runtime.Repeat;
import rocketrides.servers.HeldConnection;

/**
 * Appends segments to the stream. Normally XADD also trims the stream. If Redis is out of memory, it refuses XADD, and
 * with it the trimming. Then the writer trims with XTRIM, which is not refused, and continues with fewer records at
 * once.
 */
final class StreamWriter {
    private static final Logger LOG = LoggerFactory.getLogger(StreamWriter.class);

    /** The only error that means that an entry has been sent already. Redis has no code for it, only this text. */
    private static final String ALREADY_SENT = "equal or smaller than the target stream top item";

    private static final String OUT_OF_MEMORY = "OOM command not allowed";

    /** Trimming at every entry costs Redis a seventh of its time. At this interval the cost is negligible. */
    private static final int TRIM_EVERY = 100;

    /**
     * Records sent at once. Redis processes them while the next ones are encoded. A segment of one slice appears as a
     * whole: otherwise Redis would wake each waiting consumer for the first record alone, which would then cost a save of
     * its own.
     */
    private static final int SLICE = 200;

    private static final byte[] MAXLEN = bytes("MAXLEN");
    private static final byte[] ABOUT = bytes("~");

    /** The time between two warnings that the stream had to be trimmed. */
    private static final Duration QUIET = Duration.ofMinutes(1);

    private final HeldConnection connection;
    private final Settings.Log log;
    private final byte[] key;
    private long nextWarning = System.nanoTime();

    StreamWriter(HeldConnection connection, Settings.Log log) {
        this.connection = connection;
        this.log = log;
        this.key = bytes(log.stream());
    }

    /** See {@link LogStream#publish}. */
    Future<Integer> publish(Segment segment) {
        var records = segment.records();
        var sent = new ArrayList<Future<Integer>>();
        for (int from = 0; from < records.size(); from += SLICE) {
            sent.add(send(segment, records.subList(from, Math.min(from + SLICE, records.size()))));
        }
        return Future.join(sent)
                .map(all -> sent.stream().mapToInt(Future::result).sum())
                .recover(t -> isOutOfMemory(t) ? new Sparing(segment).publish() : Future.failedFuture(t));
    }

    /**
     * Sends the whole segment again, slice by slice. If Redis refuses a slice, the slice is halved, and the stream as
     * well.
     */
    private final class Sparing {
        private final Segment segment;
        private final List<LogRecord> records;
        private int next;
        private int count = SLICE;
        private int refused;
        private long lengthBefore;
        private long lengthAfter;

        Sparing(Segment segment) {
            this.segment = segment;
            this.records = segment.records();
        }

        Future<Integer> publish() {
            return makeRoom()
                    .compose(dropped -> Repeat.whileTrue(this::step))
                    .onComplete(ended -> warn())
                    .map(all -> refused);
        }

        /** Completes with whether more records remain. */
        private Future<Boolean> step() {
            int to = Math.min(next + count, records.size());
            return send(segment, records.subList(next, to))
                    .onSuccess(sent -> {
                        refused += sent;
                        next = to;
                        count = Math.min(SLICE, 2 * count);
                    })
                    .recover(t -> isOutOfMemory(t) ? lessAtOnce(t) : Future.failedFuture(t))
                    .map(any -> next < records.size());
        }

        /**
         * Terminates: with one record at once, nothing is added between two attempts, so each attempt halves the
         * stream, until one entry is left.
         */
        private Future<Integer> lessAtOnce(Throwable refusal) {
            boolean single = count == 1;
            count = Math.max(1, count / 2);
            return makeRoom()
                    .compose(dropped ->
                            single && dropped == 0 ? Future.failedFuture(refusal) : Future.succeededFuture(0));
        }

        /**
         * Trims to the configured length, or to half of the current length if that is shorter. Completes with the
         * number of removed entries.
         */
        private Future<Long> makeRoom() {
            return number(Request.cmd(Command.XLEN, key)).compose(length -> {
                long kept = length > log.maxLength() ? log.maxLength() : Math.max(Math.min(1, length), length / 2);
                lengthBefore = Math.max(lengthBefore, length);
                lengthAfter = kept;
                return kept == length
                        ? Future.succeededFuture(0L)
                        : number(Request.cmd(Command.XTRIM, key, MAXLEN, kept));
            });
        }

        private void warn() {
            if (lengthAfter < lengthBefore && System.nanoTime() >= nextWarning) {
                nextWarning = System.nanoTime() + QUIET.toNanos();
                LOG.warn(
                        "Redis is out of memory: stream \"{}\" was trimmed from {} to {} entries. Consumers read what they"
                                + " miss in Postgres. Give Redis more memory, or set log.max-length lower than {}",
                        log.stream(),
                        lengthBefore,
                        lengthAfter,
                        lengthBefore);
            }
        }
    }

    private Future<Integer> send(Segment segment, List<LogRecord> records) {
        var tag = bytes(segment.tag().toString());
        var first = bytes(Long.toString(segment.firstOffset()));
        var commands = records.stream().map(record -> xadd(record, first, tag)).toList();
        var errors = commands.size() > 1 && commands.size() == segment.count()
                ? connection.transaction(commands)
                : connection.batch(commands);
        return errors.map(refused -> refusals(segment, refused));
    }

    /** The number of entries that had been sent already. Fails if Redis refused an entry for another reason. */
    private static int refusals(Segment segment, List<String> errors) {
        for (var error : errors) {
            if (!error.contains(ALREADY_SENT)) {
                throw new PublishRefusedException(segment, error);
            }
        }
        return errors.size();
    }

    private static boolean isOutOfMemory(Throwable t) {
        return t instanceof PublishRefusedException && t.getMessage().contains(OUT_OF_MEMORY);
    }

    private Request xadd(LogRecord record, byte[] segment, byte[] tag) {
        var offset = Long.toString(record.offset());
        var command = Request.cmd(Command.XADD).arg(key);
        if (record.offset() % TRIM_EVERY == 0) {
            command.arg(MAXLEN).arg(ABOUT).arg(log.maxLength());
        }
        command.arg(bytes(log.delivery() == Delivery.IDEMPOTENT ? offset + "-0" : "*"));
        EntryField.OFFSET.append(command, bytes(offset));
        EntryField.SEGMENT.append(command, segment);
        EntryField.TAG.append(command, tag);
        EntryField.ACTION.append(command, bytes(record.action()));
        EntryField.OBJECT.append(command, bytes(record.object()));
        var data = bytes(record.data());
        if (data.length <= LogStream.LARGEST_DATA) {
            EntryField.DATA.append(command, data);
        }
        return command;
    }

    private Future<Long> number(Request command) {
        return connection.send(command).map(RedisLogStream::orThrow).map(Response::toLong);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
