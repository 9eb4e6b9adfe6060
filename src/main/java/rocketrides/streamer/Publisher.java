package rocketrides.streamer;

import io.vertx.core.Future;
import java.time.Instant;
import java.util.List;
import java.util.function.Consumer;
import rocketrides.log.DeliveryGuard;
import rocketrides.log.LogStream;
import rocketrides.log.NewSegment;
import rocketrides.log.Segment;
import rocketrides.log.SegmentStore;
import rocketrides.log.Sent;
import rocketrides.log.UnusableLogException;

/**
 * Publishes sealed segments to the stream, and marks them. It publishes only segments whose seals are known to be
 * committed: those that it has read from the store, and those that a seal has returned.
 *
 * <p>It has no state that must survive. If it dies at any point, the next pass of any publisher finds the segments that
 * are not marked, and continues. If it dies between publish and mark, the segment is sent again, with the same offsets.
 */
public final class Publisher {

    /** The most segments that one pass reads. */
    private static final int SEGMENTS_PER_PASS = 4;

    /** The work that remains after a pass. */
    public enum Next {
        /** There was work, so there may be more. */
        MORE,
        /** The next segment was sealed by another streamer, which should publish it. */
        STAND_BY,
        /** Everything that was sealed here is published. */
        IDLE
    }

    private final SegmentStore store;
    private final LogStream stream;
    private final DeliveryGuard guard;
    private final StandBy standBy;
    private final Consumer<Sent> news;

    private boolean checked;

    /**
     * A small segment that was sealed here, and that need not be read: everything before it was marked as published when
     * it was sealed, in the history that it is of. What this publisher has marked itself does not count, because that may
     * have been in a history that a restore has abandoned. Null if there is none.
     */
    private Segment next;

    /** Reduced to 1 after a failed pass, because the pass may have been too large. */
    private int segmentsPerPass = SEGMENTS_PER_PASS;

    /**
     * {@code news} is called for every segment in the stream, before the segment is marked. If it throws, the pass
     * fails.
     */
    public Publisher(SegmentStore store, LogStream stream, DeliveryGuard guard, StandBy standBy, Consumer<Sent> news) {
        this.store = store;
        this.stream = stream;
        this.guard = guard;
        this.standBy = standBy;
        this.news = news;
    }

    /** Fails with {@link UnusableLogException} if the stream cannot be used as configured. */
    public Future<Void> check() {
        return guard.check().onSuccess(ok -> checked = true);
    }

    /** To be called with each segment that was sealed here, in order; the next pass then publishes it. */
    public void sealed(NewSegment segment) {
        standBy.sealedHere(segment.firstOffset());
        // If it is not the next one, one statement reads it together with those before it.
        next = segment.next() ? segment.content().orElse(null) : null;
    }

    /**
     * Publishes and marks unpublished segments. Completes when that has ended. Fails with the first failure; finished
     * segments remain published. After a failure, the next pass first checks the stream again, because Redis may be
     * another server.
     */
    public Future<Next> runOnce() {
        return (checked ? Future.<Void>succeededFuture() : check())
                .compose(usable -> unpublished())
                .compose(this::publish)
                .onSuccess(done -> segmentsPerPass = SEGMENTS_PER_PASS)
                .onFailure(t -> {
                    checked = false;
                    segmentsPerPass = 1;
                });
    }

    private Future<List<Segment>> unpublished() {
        if (next == null) {
            return store.unpublished(segmentsPerPass);
        }
        var known = List.of(next);
        next = null;
        return Future.succeededFuture(known);
    }

    private Future<Next> publish(List<Segment> segments) {
        if (segments.isEmpty()) {
            return idle();
        }
        if (!standBy.mayPublish(segments.get(0).id())) {
            return Future.succeededFuture(Next.STAND_BY);
        }
        var last = segments.get(segments.size() - 1).id();
        // A segment that is sealed from now on wakes the next pass. So no statement is needed to see that there is
        // none.
        return publishInOrder(segments, 0)
                .compose(all -> all && standBy.isNewestSealedHere(last) ? idle() : Future.succeededFuture(Next.MORE));
    }

    private Future<Next> idle() {
        standBy.stepBack();
        return Future.succeededFuture(Next.IDLE);
    }

    /** Completes with whether all segments are published and marked. */
    private Future<Boolean> publishInOrder(List<Segment> segments, int index) {
        if (index == segments.size()) {
            return Future.succeededFuture(true);
        }
        return publishAndMark(segments.get(index))
                .compose(goOn -> goOn ? publishInOrder(segments, index + 1) : Future.succeededFuture(false));
    }

    /**
     * Completes with false if the pass must read the segments again: the stream was deleted, or another streamer moved
     * the cursor.
     */
    private Future<Boolean> publishAndMark(Segment segment) {
        var begun = Instant.now();
        return stream.publish(segment).compose(refused -> {
            news.accept(new Sent(store.partition(), segment, refused, begun));
            return refused == 0
                    ? mark(segment)
                    : guard.repair(segment.lastOffset())
                            .compose(deleted -> deleted ? Future.succeededFuture(false) : mark(segment));
        });
    }

    private Future<Boolean> mark(Segment segment) {
        return store.mark(segment).onSuccess(marked -> {
            if (!marked) {
                standBy.stepBack();
            }
        });
    }
}
