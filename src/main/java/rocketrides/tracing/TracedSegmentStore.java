package rocketrides.tracing;

import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import rocketrides.log.Bounds;
import rocketrides.log.Segment;
import rocketrides.log.SegmentId;
import rocketrides.log.SegmentStore;

/** Remembers when the latest segments were sealed here, and else does what the store does. */
public final class TracedSegmentStore implements SegmentStore {
    private static final int MAX_REMEMBERED = 64;

    private final SegmentStore store;
    private final TreeMap<Long, Instant> sealed = new TreeMap<>();

    TracedSegmentStore(SegmentStore store) {
        this.store = store;
    }

    @Override
    public Future<Optional<Bounds>> seal(int limit) {
        return store.seal(limit)
                .onSuccess(bounds -> bounds.ifPresent(b -> {
                    sealed.put(b.firstOffset(), Instant.now());
                    if (sealed.size() > MAX_REMEMBERED) {
                        sealed.pollFirstEntry();
                    }
                }));
    }

    /** Told once: what is published again was not sealed just now. */
    Optional<Instant> takeSealTime(Segment segment) {
        return Optional.ofNullable(sealed.remove(segment.firstOffset()));
    }

    @Override
    public Future<List<Segment>> unpublished(int limit) {
        return store.unpublished(limit);
    }

    @Override
    public Future<Boolean> mark(Segment segment) {
        return store.mark(segment);
    }

    @Override
    public Future<List<Segment>> read(long offset, int limit) {
        return store.read(offset, limit);
    }

    @Override
    public Future<Boolean> holds(SegmentId segment) {
        return store.holds(segment);
    }

    @Override
    public Future<Integer> retain(Duration age) {
        return store.retain(age);
    }

    @Override
    public Future<FloorSample> sampleFloor() {
        return store.sampleFloor();
    }

    @Override
    public Future<Boolean> raiseFloor(FloorSample sample) {
        return store.raiseFloor(sample);
    }

    @Override
    public Future<Boolean> lowerFloor() {
        return store.lowerFloor();
    }
}
