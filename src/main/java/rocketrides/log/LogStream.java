package rocketrides.log;

import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** The unified log in Redis: a fast copy that may forget anything at any time. One owner per instance, one context. */
public interface LogStream {

    /**
     * The largest data in an entry, in bytes. A read is bounded by a number of entries only, so each must be small: an entry
     * of a record with more data has none, and says only that there is something to be read from the archive.
     */
    int LARGEST_DATA = 4096;

    /**
     * Appends the segment's records in order. Completes when the reply to every single one has been seen, with how many
     * were there already (only ever above 0 in idempotent delivery). Fails, with some of them possibly appended, if one
     * was refused for any other reason or if the connection broke.
     */
    Future<Integer> publish(Segment segment);

    /** Entries after the id, at most {@code count}, which is cut to 2,000; waits up to {@code block} for the first, then completes empty. */
    Future<Read> read(String afterId, int count, Duration block);

    /** The id that the next entry must exceed; empty if there is no such stream. */
    Future<Optional<String>> lastGeneratedId();

    /** The newest entry of the stream; empty if there is none. Fails if the key holds something else than a stream. */
    Future<Optional<Top>> top();

    /** Deletes the stream: it is only a copy. */
    Future<Void> delete();

    /** Closes the connection; a read that is waiting fails. A later call opens it again. */
    Future<Void> close();

    /** Where to read on from for a consumer that has applied everything up to {@code offset}. */
    String idAfter(long offset, String lastId);

    /**
     * What a read gave.
     *
     * @param lastId the id to read on from
     * @param foreign entries that are not of the form that we publish; left out
     */
    record Read(List<Entry> entries, String lastId, int foreign) {}

    /** @param entry empty if it is not of the form that we publish */
    record Top(String id, Optional<Entry> entry) {}
}
