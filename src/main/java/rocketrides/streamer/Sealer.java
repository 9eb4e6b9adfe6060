package rocketrides.streamer;

import io.vertx.core.Future;
import java.util.function.Consumer;
import rocketrides.log.NewSegment;
import rocketrides.log.StagedRecords;
import rocketrides.servers.Outage;

/**
 * Seals staged records, one batch after the other. It does not use the stream. It has no state that must survive: if
 * the process dies during a seal, the batch is either sealed or still staged. Several sealers may run; one seal at a
 * time takes records of a partition.
 */
public final class Sealer {

    /** During a backlog, batches grow up to this many times their size, because each seal costs a commit. */
    private static final int GROWTH = 4;

    private static final int LARGEST_BATCH = 10_000;

    /** After a failure, this many full batches must succeed before larger ones are tried. */
    private static final int FULL_BATCHES = 64;

    /** The work that remains after a pass. */
    public enum Next {
        /** The batch was large, so more records are waiting. */
        MORE,
        /**
         * The batch had few records but many bytes, so others may be waiting. The next seal should wait for more
         * records, because it also costs a commit.
         */
        SOME,
        /** The batch had few records, and they were all. The next seal should wait for more. */
        FEW,
        /** Nothing is staged, or another streamer is sealing. */
        IDLE
    }

    private final StagedRecords staged;
    private final int batchSize;
    private final Consumer<NewSegment> news;

    private final int largest;

    /** The most records of the next seal. */
    private int limit;

    /** Half of the size that failed. It is doubled only rarely, because the doubled size may fail again. */
    private int ceiling;

    /** Since the ceiling last changed. */
    private int fullBatches;

    /** {@code news} is called for every segment after its commit. */
    public Sealer(StagedRecords staged, int batchSize, Consumer<NewSegment> news) {
        this.staged = staged;
        this.batchSize = batchSize;
        this.news = news;
        this.largest = Math.max(batchSize, Math.min(GROWTH * batchSize, LARGEST_BATCH));
        this.limit = batchSize;
        this.ceiling = largest;
    }

    /**
     * Seals one batch of each partition. Completes after the commit. Fails if the store fails; the outcome is then
     * unknown. If the batch may have been too large for Postgres, the next one has half as many records, but at least
     * one.
     */
    public Future<Next> runOnce() {
        int asked = limit;
        return staged.seal(asked)
                .onFailure(t -> {
                    if (Outage.mayBeTooMuch(t)) {
                        setCeiling(Math.max(1, asked / 2));
                        limit = ceiling;
                    }
                })
                .map(segments -> {
                    int count =
                            segments.stream().mapToInt(NewSegment::count).max().orElse(0);
                    adapt(count == asked);
                    segments.forEach(news);
                    if (count == 0) {
                        return Next.IDLE;
                    }
                    if (2 * count >= Math.min(asked, batchSize)) {
                        return Next.MORE;
                    }
                    // One that is not returned may have been limited by its size.
                    return segments.stream().allMatch(made -> made.content().isPresent()) ? Next.FEW : Next.SOME;
                });
    }

    private void adapt(boolean full) {
        if (!full) {
            setCeiling(largest);
        } else if (++fullBatches == FULL_BATCHES) {
            setCeiling(Math.min(largest, 2 * ceiling));
        }
        limit = Math.min(ceiling, full ? 2 * limit : batchSize);
    }

    private void setCeiling(int records) {
        ceiling = records;
        fullBatches = 0;
    }
}
