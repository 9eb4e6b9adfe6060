package rocketrides.streamer;

import io.vertx.core.Future;
import rocketrides.log.SegmentStore;
import rocketrides.log.SegmentStore.FloorSample;

/**
 * Moves the floor, so that sealing does not walk over the dead rows that a long transaction elsewhere keeps alive. In
 * this order: take the highest id given out, then list who may be writing, wait until none of those is left, then raise
 * the floor to that id at most. Any other order, or a sample that outlives its connection, loses records. If the process
 * dies half-way, the floor stays where it was.
 */
public final class Floor {
    private final SegmentStore store;
    private FloorSample sample;

    public Floor(SegmentStore store) {
        this.store = store;
    }

    /** Takes a sample, or raises the floor by the one taken before if its writers have gone. */
    public Future<Void> runOnce() {
        if (sample == null) {
            return store.sampleFloor().onSuccess(taken -> sample = taken).mapEmpty();
        }
        return store.raiseFloor(sample)
                .onSuccess(raised -> sample = raised ? null : sample)
                .onFailure(t -> sample = null)
                .mapEmpty();
    }
}
