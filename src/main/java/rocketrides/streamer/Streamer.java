package rocketrides.streamer;

import static rocketrides.Faults.Point.STREAMER_AFTER_PUBLISH;

import io.vertx.core.Future;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import rocketrides.Events.Published;
import rocketrides.Events.Sealed;
import rocketrides.Faults;
import rocketrides.log.Bounds;
import rocketrides.log.DeliveryGuard;
import rocketrides.log.RideStream;
import rocketrides.log.Segment;
import rocketrides.log.SegmentId;
import rocketrides.log.SegmentStore;

/**
 * Relays staged records into the stream. One pass seals the next batch, and publishes and marks segments that are sealed:
 * while there is a backlog those of earlier passes, at the same time, and otherwise its own. Nothing is published before
 * its seal is known to be committed, because a pass publishes only what it read from the store.
 *
 * <p>It remembers nothing that matters: if it dies at any point, the next pass of any streamer finds what is unsealed or
 * unmarked and goes on. Between publish and mark that means a double send, with the same offsets.
 *
 * <p>Several may run. Whoever sealed the first unpublished segment publishes; the others stand by, and take over once
 * that segment has been waiting for {@code takeOver}. This saves double sends; correctness does not need it.
 */
public final class Streamer {

    /** How many segments a pass reads ahead. */
    private static final int SEGMENTS_PER_PASS = 4;

    /** While there is a backlog, batches grow to so many times their size, because each costs a commit or two. */
    private static final int GROWTH = 4;

    private static final int LARGEST_BATCH = 10_000;

    /** What is left to do when a pass has ended. */
    public enum Next {
        /** There was work, so there may be more. */
        MORE,
        /** Another streamer's segment is waiting to be published. */
        STAND_BY,
        /** Nothing is staged, nothing is unpublished. */
        IDLE
    }

    private final SegmentStore store;
    private final RideStream stream;
    private final DeliveryGuard guard;
    private final Faults faults;
    private final Consumer<Record> news;
    private final LongSupplier nanoTime;
    private final int batchSize;
    private final long takeOverNanos;

    private final Set<Long> sealedHere = new HashSet<>();

    /** How many records the next seal takes at most. */
    private int limit;

    /** The last seal took many, so the next one need not wait, and nothing waits for it. */
    private boolean backlog;

    private boolean publishing;
    private SegmentId waitingFor;
    private long waitingSince;

    /** {@code news} is told of every {@link Sealed} and {@link Published} segment. */
    public Streamer(
            SegmentStore store,
            RideStream stream,
            DeliveryGuard guard,
            Faults faults,
            Consumer<Record> news,
            LongSupplier nanoTime,
            int batchSize,
            Duration takeOver) {
        this.store = store;
        this.stream = stream;
        this.guard = guard;
        this.faults = faults;
        this.news = news;
        this.nanoTime = nanoTime;
        this.batchSize = batchSize;
        this.limit = batchSize;
        this.takeOverNanos = takeOver.toNanos();
    }

    /**
     * Seals once, and publishes and marks what is unpublished. Completes when both have ended; fails with the first
     * failure of either, and what was done remains done.
     */
    public Future<Next> runOnce() {
        boolean overlap = backlog;
        var sealed = seal();
        var published = (overlap ? Future.succeededFuture() : sealed)
                .transform(ready -> store.unpublished(SEGMENTS_PER_PASS))
                .compose(this::publish);
        return Future.join(sealed, published)
                .map(both -> sealed.result() && published.result() == Next.IDLE ? Next.MORE : published.result());
    }

    /** Completes with whether there was anything to seal. */
    private Future<Boolean> seal() {
        return store.seal(limit).map(bounds -> {
            int count = bounds.map(Bounds::count).orElse(0);
            backlog = 2 * count >= batchSize;
            limit = count < limit ? batchSize : Math.min(Math.min(2 * limit, GROWTH * batchSize), LARGEST_BATCH);
            bounds.ifPresent(b -> {
                sealedHere.add(b.firstOffset());
                news.accept(new Sealed(b.firstOffset(), b.lastOffset()));
            });
            return bounds.isPresent();
        });
    }

    private Future<Next> publish(List<Segment> segments) {
        if (segments.isEmpty()) {
            publishing = false;
            return Future.succeededFuture(Next.IDLE);
        }
        var head = segments.get(0);
        sealedHere.removeIf(offset -> offset < head.firstOffset());
        if (!publishing && !sealedHere.contains(head.firstOffset()) && !waitedLongEnough(head.id())) {
            return Future.succeededFuture(Next.STAND_BY);
        }
        publishing = true;
        return publishInOrder(segments, 0).map(Next.MORE);
    }

    private boolean waitedLongEnough(SegmentId head) {
        if (!head.equals(waitingFor)) {
            waitingFor = head;
            waitingSince = nanoTime.getAsLong();
        }
        return nanoTime.getAsLong() - waitingSince >= takeOverNanos;
    }

    private Future<Void> publishInOrder(List<Segment> segments, int index) {
        if (index == segments.size()) {
            return Future.succeededFuture();
        }
        return publishAndMark(segments.get(index))
                .compose(goOn -> goOn ? publishInOrder(segments, index + 1) : Future.succeededFuture());
    }

    /** Completes with false if the pass has to look again: the stream was deleted, or somebody else moved the cursor. */
    private Future<Boolean> publishAndMark(Segment segment) {
        return stream.publish(segment).compose(refused -> {
            news.accept(new Published(segment.firstOffset(), segment.lastOffset(), refused));
            faults.at(STREAMER_AFTER_PUBLISH);
            return refused == 0
                    ? mark(segment)
                    : guard.repair(segment.lastOffset())
                            .compose(deleted -> deleted ? Future.succeededFuture(false) : mark(segment));
        });
    }

    private Future<Boolean> mark(Segment segment) {
        return store.mark(segment).onSuccess(marked -> publishing = marked);
    }
}
