package rocketrides.testing;

import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import rocketrides.log.NewSegment;
import rocketrides.log.Segment;
import rocketrides.log.SegmentId;
import rocketrides.log.SegmentStore;
import rocketrides.log.StagedRecords;

/** A store whose methods all fail; a test overrides those it needs. */
public class StoreStub implements SegmentStore, StagedRecords {
    @Override
    public int partition() {
        return 0;
    }

    @Override
    public Future<List<NewSegment>> seal(int limit) {
        return refused();
    }

    @Override
    public Future<List<Segment>> unpublished(int limit) {
        return refused();
    }

    @Override
    public Future<Boolean> mark(Segment segment) {
        return refused();
    }

    @Override
    public Future<List<Segment>> read(long offset, int limit) {
        return refused();
    }

    @Override
    public Future<Boolean> holds(SegmentId segment) {
        return refused();
    }

    @Override
    public Future<Integer> retain(Duration age) {
        return refused();
    }

    @Override
    public Future<FloorSample> sampleFloor() {
        return refused();
    }

    @Override
    public Future<Boolean> raiseFloor(FloorSample sample) {
        return refused();
    }

    @Override
    public Future<Boolean> lowerFloor() {
        return refused();
    }

    private static <T> Future<T> refused() {
        return Future.failedFuture(new UnsupportedOperationException());
    }
}
