package rocketrides.consumer;

import io.vertx.core.Future;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import rocketrides.log.LogRecord;
import rocketrides.log.SegmentId;

/** The checkpoint of one consumer and the state that it has computed up to there. Both always change together. */
public interface Checkpoints {

    /** Creates the checkpoint, before the first record that is still in the log. */
    Future<Void> register();

    /**
     * The stored checkpoint and the log's head, in one snapshot. Empty if the name is not registered. If the checkpoint
     * has not begun, this looks whether it can begin now. Fails with {@link rocketrides.log.UnusableLogException} if
     * the name is registered with another projection.
     */
    Future<Optional<Checkpoint>> load();

    /**
     * Moves the checkpoint and applies the batch, or changes nothing. If the future fails, either may have happened.
     */
    Future<Saved> save(Batch batch);

    /** Counts an injected crash. */
    Future<Void> countCrash();

    /**
     * @param offset the last applied offset; 0 before the first record
     * @param redisId the entry ID of that record, if known
     * @param head the highest offset that has been assigned
     * @param begun false while the consumer has something left to apply in partitions of older generations: it must not
     *     apply anything here yet. Then true, until the consumer is rewound
     */
    record Checkpoint(long offset, String redisId, long head, boolean begun) {}

    /**
     * The batch of one save.
     *
     * @param from the offset at which the checkpoint must be, exactly
     * @param to the last offset of the batch
     * @param segments the segments of the records; all must still exist in this history
     */
    record Batch(
            long from,
            long to,
            String redisId,
            List<SegmentId> segments,
            List<LogRecord> records,
            int duplicates,
            int gaps) {}

    /** A record that the projection could not read, and the reason. */
    record Rejected(LogRecord record, String reason) {}

    /**
     * The result of a save. If it is not {@link Outcome#DONE}, nothing has changed.
     *
     * @param applied the number of events for the projection
     * @param shown a description of the new state for people; may be null
     */
    record Saved(Outcome outcome, int applied, List<Rejected> rejected, String shown) {
        public enum Outcome {
            DONE,
            /** The checkpoint is elsewhere or has not begun: another process uses this name, or an earlier save did commit. */
            MOVED,
            /** A segment of the batch is not of this history. */
            OTHER_HISTORY
        }

        /** The reasons of the rejected records, by offset. */
        Map<Long, String> reasons() {
            return rejected.stream().collect(Collectors.toMap(r -> r.record().offset(), Rejected::reason));
        }

        public static Saved refused(Outcome why) {
            return new Saved(why, 0, List.of(), null);
        }
    }
}
