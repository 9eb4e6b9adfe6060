package rocketrides.log;

import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** The log in Redis: a fast copy that may lose anything at any time. Each instance has one owner and one context. */
public interface LogStream {

    /**
     * The largest data in an entry, in bytes. Reads are limited by the number of entries only, so entries must be
     * small. If a record has more data, its entry has none, and consumers read the record from Postgres.
     */
    int LARGEST_DATA = 4096;

    /**
     * Appends the segment's records in order. Completes when every single reply has been checked, with the number of
     * records that were already there; that number can be above 0 only in idempotent delivery. Fails if Redis refused a
     * record for another reason, or if the connection broke. Some of the records may then have been appended.
     */
    Future<Integer> publish(Segment segment);

    /**
     * Reads at most {@code count} entries after the ID, and never more than 2,000. Waits up to {@code block} for the
     * first entry, and completes with none after that.
     */
    Future<Read> read(String afterId, int count, Duration block);

    /** The ID that the next entry must exceed; empty if there is no such stream. */
    Future<Optional<String>> lastGeneratedId();

    /** The newest entry of the stream; empty if there is none. Fails if the key is not a stream. */
    Future<Optional<Top>> top();

    /** Deletes the stream, which is only a copy. */
    Future<Void> delete();

    /** Closes the connection. A waiting read fails. The next call opens a new connection. */
    Future<Void> close();

    /** The ID after which a consumer must read that has applied everything up to {@code offset}. */
    String idAfter(long offset, String lastId);

    /**
     * The result of a read.
     *
     * @param lastId the ID after which to continue
     * @param foreign the number of entries in another format, which are left out
     */
    record Read(List<Entry> entries, String lastId, int foreign) {}

    /** @param entry empty if the entry has another format than ours */
    record Top(String id, Optional<Entry> entry) {}
}
