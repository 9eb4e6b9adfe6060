package rocketrides.tracing;

import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.time.Instant;
import java.util.TreeMap;
import rocketrides.log.Applied;
import rocketrides.log.Sent;
import rocketrides.log.Traceparent;
import rocketrides.runtime.Events;
import rocketrides.runtime.Events.Sealed;

/**
 * A span for each traced record and each time that it is published, from when it was sealed, or from when it was sent if it
 * was not sealed here or is sent again; and one for each consumer that has committed it, or set it aside. Only a save whose
 * answer got lost leaves none.
 */
final class TracedRecords extends VerticleBase {
    private static final int MAX_REMEMBERED = 64;

    private final Spans spans;
    private final TreeMap<Long, Instant> sealed = new TreeMap<>();

    TracedRecords(Spans spans) {
        this.spans = spans;
    }

    @Override
    public Future<?> start() {
        Events.on(vertx, Sealed.class, this::sealed);
        Events.on(vertx, Sent.class, this::sent);
        Events.on(vertx, Applied.class, this::applied);
        return Future.succeededFuture();
    }

    private void sealed(Sealed segment) {
        sealed.put(segment.firstOffset(), Instant.now());
        if (sealed.size() > MAX_REMEMBERED) {
            sealed.pollFirstEntry();
        }
    }

    private void sent(Sent sent) {
        var segment = sent.segment();
        var sealedAt = sealed.remove(segment.firstOffset()); // what is sent again was not sealed just now
        if (Traceparent.mayBeIn(segment.lines())) {
            var start = sealedAt != null && sealedAt.isBefore(sent.begun()) ? sealedAt : sent.begun();
            var end = Instant.now();
            for (var record : segment.records()) {
                Spans.contextOf(record)
                        .ifPresent(
                                parent -> spans.published(parent, record.offset(), segment.firstOffset(), start, end));
            }
        }
    }

    private void applied(Applied applied) {
        var end = Instant.now();
        for (var record : applied.records()) {
            Spans.contextOf(record)
                    .ifPresent(parent -> spans.consumed(
                            parent,
                            applied.consumer(),
                            record.offset(),
                            applied.begun(),
                            end,
                            applied.rejected().get(record.offset())));
        }
    }
}
