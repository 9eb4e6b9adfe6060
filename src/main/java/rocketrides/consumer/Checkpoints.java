package rocketrides.consumer;

import io.vertx.core.Future;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import rocketrides.log.LogRecord;
import rocketrides.log.SegmentId;

/** Where one consumer stands, and what it has computed up to there; both always change together. */
public interface Checkpoints {

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
    Future<Saved> save(Batch batch);

    /** Counts a crash that was injected. */
    Future<Void> countCrash();

    /**
     * @param offset the last one applied; 0 before the first
     * @param redisId the stream's id of that record, as far as known
     * @param head the highest offset that has been given to a record
     * @param rewinds how often somebody has rewound the consumer
     */
    record Checkpoint(long offset, String redisId, long head, long rewinds) {}

    /**
     * What one save applies.
     *
     * @param from where the checkpoint must stand, exactly
     * @param to the last offset of the batch
     * @param segments what the records were read from; all must still be part of this history
     */
    record Batch(
            long from,
            long to,
            String redisId,
            List<SegmentId> segments,
            List<LogRecord> records,
            int duplicates,
            int gaps) {}

    /** A record that the projection could not read, and why. */
    record Rejected(LogRecord record, String reason) {}

    /**
     * How a save ended. If it is not {@link Outcome#DONE}, nothing has changed.
     *
     * @param applied how many records meant something to the projection
     * @param shown what people are shown of the new state; may be null
     */
    record Saved(Outcome outcome, int applied, List<Rejected> rejected, String shown) {
        public enum Outcome {
            DONE,
            /** The checkpoint is not where we thought: somebody else has this name, or an earlier save did commit. */
            MOVED,
            /** A segment of the batch is not of this history. */
            OTHER_HISTORY
        }

        /** Of the records that were rejected, by offset. */
        Map<Long, String> reasons() {
            return rejected.stream().collect(Collectors.toMap(r -> r.record().offset(), Rejected::reason));
        }

        public static Saved refused(Outcome why) {
            return new Saved(why, 0, List.of(), null);
        }
    }
}
