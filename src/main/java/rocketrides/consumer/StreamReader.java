package rocketrides.consumer;

import static rocketrides.consumer.Troubles.Part.LOOK_AT_STREAM;
import static rocketrides.consumer.Troubles.Part.READ_STREAM;

import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import rocketrides.log.Entry;
import rocketrides.log.LogStream;
import rocketrides.log.LogStream.Top;
import rocketrides.log.StreamId;

/** Reads the stream for one consumer: knows the ID after which to read, and whether the stream can be read at all. */
final class StreamReader {
    private static final Logger LOG = LoggerFactory.getLogger(StreamReader.class);
    private static final Duration TRIAL = Duration.ofMillis(1);

    private final Consumer.Options options;
    private final LogStream stream;

    /** The ID after which to read; null if unknown. */
    private String after;

    /** False after a failed read, until a trial read succeeds. */
    private boolean readable;

    private boolean trying;

    StreamReader(Consumer.Options options, LogStream stream) {
        this.options = options;
        this.stream = stream;
        this.readable = !options.troubles().has(READ_STREAM);
    }

    boolean readable() {
        return readable;
    }

    boolean hasPosition() {
        return after != null;
    }

    /** {@code redisId}: the entry ID of the record at {@code offset}, if known. */
    void readAfter(long offset, String redisId) {
        after = stream.idAfter(offset, redisId);
    }

    void readAfter(Top newest) {
        after = newest.id();
    }

    void forgetPosition() {
        after = null;
    }

    /** The next entries, after a wait if there are none. Empty if the stream cannot be read. */
    Future<Optional<List<Entry>>> read() {
        return options.troubles()
                .note(READ_STREAM, stream.read(after, options.batchSize(), options.idleCheck()))
                .map(read -> {
                    after = read.lastId();
                    if (read.foreign() > 0) {
                        LOG.warn(
                                "{} ignores entries that are not of this log: {}",
                                options.instance().role(),
                                read.foreign());
                    }
                    return Optional.of(read.entries());
                })
                .otherwise(t -> {
                    readable = false;
                    return Optional.empty();
                });
    }

    /** Tests in the background whether the stream can be read again. That may take long, so nothing waits for it. */
    void tryToRead() {
        if (!trying) {
            trying = true;
            stream.read(after, 1, TRIAL).onComplete(read -> {
                trying = false;
                readable = read.succeeded();
            });
        }
    }

    /** The newest entry; empty if there is none, or if the stream cannot be read. */
    Future<Optional<Top>> newest() {
        return readable ? stream.top().otherwise(Optional.empty()) : Future.succeededFuture(Optional.empty());
    }

    /** The ID that the next entry must exceed; empty if there is no such stream. */
    Future<Optional<String>> lastGeneratedId() {
        return options.troubles().note(LOOK_AT_STREAM, stream.lastGeneratedId());
    }

    /** Reads again from {@code offset} if the stream has started again with IDs below the current one, if it is known. */
    void restartIfAbove(Optional<String> lastGeneratedId, long offset) {
        if (hasPosition() && (lastGeneratedId.isEmpty() || StreamId.compare(lastGeneratedId.get(), after) < 0)) {
            readAfter(offset, StreamId.BEGINNING);
        }
    }
}
