package rocketrides.streamer;

import io.vertx.core.Future;
import java.time.Instant;
import java.util.List;
import java.util.function.Consumer;
import rocketrides.log.DeliveryGuard;
import rocketrides.log.LogStream;
import rocketrides.log.Segment;
import rocketrides.log.SegmentStore;
import rocketrides.log.Sent;
import rocketrides.log.UnusableLogException;

/**
 * Publishes sealed segments in the stream, and marks them. Nothing is published before its seal is known to be committed,
 * because only what was read from the store is published.
 *
 * <p>It remembers nothing that matters: if it dies at any point, the next pass of any publisher finds what is unmarked and
 * goes on. Between publish and mark that means a double send, with the same offsets.
 */
public final class Publisher {

    /** How many segments a pass reads at most. */
    private static final int SEGMENTS_PER_PASS = 4;

    /** What is left to do when a pass has ended. */
    public enum Next {
        /** There was work, so there may be more. */
        MORE,
        /** Another streamer's segment is waiting to be published. */
        STAND_BY,
        /** Nothing that was sealed here is unpublished. */
        IDLE
    }

    private final SegmentStore store;
    private final LogStream stream;
    private final DeliveryGuard guard;
    private final StandBy standBy;
    private final Consumer<Sent> news;

    private boolean checked;

    /** Smaller after a pass that failed, in case it was too much at once. */
    private int segmentsPerPass = SEGMENTS_PER_PASS;

    /** {@code news} is told of every segment that is in the stream, before it is marked. If it throws, the pass fails. */
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

    /**
     * Publishes and marks what is unpublished. Completes when that has ended; fails with the first failure, and what was
     * done remains done. The next pass then begins with a check of the stream: it may be another one.
     */
    public Future<Next> runOnce() {
        return (checked ? Future.<Void>succeededFuture() : check())
                .compose(usable -> store.unpublished(segmentsPerPass))
                .compose(this::publish)
                .onSuccess(done -> segmentsPerPass = SEGMENTS_PER_PASS)
                .onFailure(t -> {
                    checked = false;
                    segmentsPerPass = 1;
                });
    }

    private Future<Next> publish(List<Segment> segments) {
        if (segments.isEmpty()) {
            return idle();
        }
        if (!standBy.mayPublish(segments.get(0).id())) {
            return Future.succeededFuture(Next.STAND_BY);
        }
        var last = segments.get(segments.size() - 1).id();
        // A segment that is sealed from now on wakes the next pass, so a statement to see that there is none is saved.
        return publishInOrder(segments, 0)
                .compose(all -> all && standBy.isNewestSealedHere(last) ? idle() : Future.succeededFuture(Next.MORE));
    }

    private Future<Next> idle() {
        standBy.stepBack();
        return Future.succeededFuture(Next.IDLE);
    }

    /** Completes with whether all are published and marked. */
    private Future<Boolean> publishInOrder(List<Segment> segments, int index) {
        if (index == segments.size()) {
            return Future.succeededFuture(true);
        }
        return publishAndMark(segments.get(index))
                .compose(goOn -> goOn ? publishInOrder(segments, index + 1) : Future.succeededFuture(false));
    }

    /** Completes with false if the pass has to look again: the stream was deleted, or somebody else moved the cursor. */
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
