package rocketrides.streamer;

import io.vertx.core.Future;
import java.util.function.Consumer;
import rocketrides.log.Bounds;
import rocketrides.log.StagedRecords;
import rocketrides.runtime.Events.Sealed;
import rocketrides.servers.Outage;

/**
 * Seals staged records, batch by batch. It knows nothing of the stream. It remembers nothing that matters: if the process
 * dies during a seal, the batch is either sealed or still staged. Several sealers may run; one seal at a time takes records.
 */
public final class Sealer {

    /** While there is a backlog, batches grow to so many times their size, because each seal costs a commit. */
    private static final int GROWTH = 4;

    private static final int LARGEST_BATCH = 10_000;

    /** After a failure, so many full batches must go well before larger ones are tried. */
    private static final int FULL_BATCHES = 64;

    /** What is left to do when a pass has ended. */
    public enum Next {
        /** The batch was large, so more records are waiting. */
        MORE,
        /** The batch was small. What is staged from now on should gather before the next seal, which costs a commit, too. */
        FEW,
        /** Nothing is staged, or another streamer is sealing. */
        IDLE
    }

    private final StagedRecords staged;
    private final int batchSize;
    private final Consumer<Sealed> news;

    private final int largest;

    /** How many records the next seal takes at most. */
    private int limit;

    /** Half of what was too much. It doubles only now and then, because that may be too much again. */
    private int ceiling;

    /** Since the ceiling last changed. */
    private int fullBatches;

    /** {@code news} is told of every segment, once it is committed. */
    public Sealer(StagedRecords staged, int batchSize, Consumer<Sealed> news) {
        this.staged = staged;
        this.batchSize = batchSize;
        this.news = news;
        this.largest = Math.max(batchSize, Math.min(GROWTH * batchSize, LARGEST_BATCH));
        this.limit = batchSize;
        this.ceiling = largest;
    }

    /**
     * Seals one batch of each partition. Completes when that is committed; fails if the store does, and then the outcome is
     * unknown. If the batch may have been too much for Postgres, the next one takes half as many records, down to one.
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
                    int count = segments.stream().mapToInt(Bounds::count).max().orElse(0);
                    adapt(count == asked);
                    segments.forEach(b -> news.accept(new Sealed(b.partition(), b.firstOffset(), b.lastOffset())));
                    return count == 0 ? Next.IDLE : 2 * count < Math.min(asked, batchSize) ? Next.FEW : Next.MORE;
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
