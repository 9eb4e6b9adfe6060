package rocketrides.tracing;

import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import rocketrides.log.RideStream;
import rocketrides.log.Segment;
import rocketrides.log.Traceparent;

/**
 * A span for each traced record and each time that it is published, from when it was sealed, or from when it was sent if
 * it was not sealed here or is sent again. Else does what the stream does.
 */
final class TracedRideStream implements RideStream {
    private final RideStream stream;
    private final TracedSegmentStore store;
    private final Spans spans;

    TracedRideStream(RideStream stream, TracedSegmentStore store, Spans spans) {
        this.stream = stream;
        this.store = store;
        this.spans = spans;
    }

    @Override
    public Future<Integer> publish(Segment segment) {
        if (!Traceparent.mayBeIn(segment.lines())) {
            return stream.publish(segment);
        }
        var start = store.takeSealTime(segment).orElseGet(Instant::now);
        return stream.publish(segment).onComplete(done -> published(segment, start, done.cause()));
    }

    private void published(Segment segment, Instant start, Throwable failure) {
        var end = Instant.now();
        for (var record : segment.records()) {
            Spans.contextOf(record)
                    .ifPresent(parent ->
                            spans.published(parent, record.offset(), segment.firstOffset(), start, end, failure));
        }
    }

    @Override
    public Future<Read> read(String afterId, int count, Duration block) {
        return stream.read(afterId, count, block);
    }

    @Override
    public Future<Optional<String>> lastGeneratedId() {
        return stream.lastGeneratedId();
    }

    @Override
    public Future<Optional<Top>> top() {
        return stream.top();
    }

    @Override
    public Future<Void> delete() {
        return stream.delete();
    }

    @Override
    public Future<Void> close() {
        return stream.close();
    }

    @Override
    public String idAfter(long offset, String lastId) {
        return stream.idAfter(offset, lastId);
    }
}
