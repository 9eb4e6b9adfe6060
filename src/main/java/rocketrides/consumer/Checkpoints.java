package rocketrides.consumer;

import io.vertx.core.Future;
import java.util.List;
import java.util.Optional;
import rocketrides.log.LogRecord;
import rocketrides.log.SegmentId;

/** Where one consumer stands, and what it has computed up to there; both always change together. */
public interface Checkpoints<E> {

    /** Makes the checkpoint exist: before the first record that is still in the log. */
    Future<Void> register();

    /**
     * The stored checkpoint and the log's head, in one snapshot. Empty if nobody has registered this name. Fails with
     * {@link rocketrides.log.UnusableLogException} if it was registered with another projection.
     */
    Future<Optional<Checkpoint>> load();

    /**
     * Moves the checkpoint and applies the batch, or does nothing at all; fails if it is unknown which.
     */
    Future<Saved> save(Batch<E> batch);

    /** Counts a crash that was injected. */
    Future<Void> countCrash();

    /**
     * @param offset the last one applied; 0 before the first
     * @param redisId the stream's id of that record, as far as known
     * @param head the highest offset that has been given to a record
     * @param rewinds how often somebody has rewound the consumer
     */
    record Checkpoint(long offset, String redisId, long head, long rewinds) {}

    /** A record that the projection could not read, and why. */
    record Rejected(LogRecord record, String reason) {}

    /**
     * Everything that one save changes.
     *
     * @param from where the checkpoint must stand, exactly
     * @param to the last offset of the batch
     * @param segments what the batch was read from; all must still be part of this history
     */
    record Batch<E>(
            long from,
            long to,
            String redisId,
            List<SegmentId> segments,
            List<E> events,
            List<Rejected> rejected,
            int duplicates,
            int gaps) {}

    /** How a save ended; in the last two cases nothing has changed. */
    record Saved(Outcome outcome, String result) {
        public enum Outcome {
            DONE,
            /** The checkpoint is not where we thought: somebody else has this name, or an earlier save did commit. */
            MOVED,
            /** A segment of the batch is not of this history. */
            OTHER_HISTORY
        }
    }
}
