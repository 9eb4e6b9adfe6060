package rocketrides.streamer;

import io.vertx.core.Future;
import java.util.function.Consumer;
import rocketrides.Events.Sealed;
import rocketrides.log.Bounds;
import rocketrides.log.SegmentStore;

/**
 * Seals staged records, batch by batch. It knows nothing of the stream. It remembers nothing that matters: if the process
 * dies during a seal, the batch is either sealed or still staged. Several sealers may run; one seal at a time takes records.
 */
public final class Sealer {

    /** While there is a backlog, batches grow to so many times their size, because each seal costs a commit. */
    private static final int GROWTH = 4;

    private static final int LARGEST_BATCH = 10_000;

    /** What is left to do when a pass has ended. */
    public enum Next {
        /** The batch was large, so more records are waiting. */
        MORE,
        /** The batch was small. What is staged from now on should gather before the next seal, which costs a commit, too. */
        FEW,
        /** Nothing is staged, or another streamer is sealing. */
        IDLE
    }

    private final SegmentStore store;
    private final int batchSize;
    private final Consumer<Sealed> news;

    /** How many records the next seal takes at most. */
    private int limit;

    /** {@code news} is told of every segment, once it is committed. */
    public Sealer(SegmentStore store, int batchSize, Consumer<Sealed> news) {
        this.store = store;
        this.batchSize = batchSize;
        this.news = news;
        this.limit = batchSize;
    }

    /** Seals one batch. Completes when that is committed; fails if the store does, and then the outcome is unknown. */
    public Future<Next> runOnce() {
        return store.seal(limit).map(bounds -> {
            int count = bounds.map(Bounds::count).orElse(0);
            limit = count < limit ? batchSize : Math.min(Math.min(2 * limit, GROWTH * batchSize), LARGEST_BATCH);
            bounds.ifPresent(b -> news.accept(new Sealed(b.firstOffset(), b.lastOffset())));
            return count == 0 ? Next.IDLE : 2 * count < batchSize ? Next.FEW : Next.MORE;
        });
    }
}
