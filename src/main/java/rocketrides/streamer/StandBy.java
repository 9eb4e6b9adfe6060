package rocketrides.streamer;

import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.function.LongSupplier;
import rocketrides.log.SegmentId;

/**
 * Decides which of several streamers publishes. The streamer that sealed the first unpublished segment publishes. The
 * others stand by, and take over if that segment has waited for the take-over time. This avoids double sends;
 * correctness does not depend on it.
 */
public final class StandBy {
    /** More are not needed: a streamer that has begun to publish also publishes the segments that follow. */
    private static final int MOST_REMEMBERED = 1_000;

    private final long takeOverNanos;
    private final LongSupplier nanoTime;

    private final Set<Long> sealedHere = new HashSet<>();
    private long newestSealedHere;
    private boolean publishing;
    private SegmentId waitingFor;
    private long waitingSince;

    public StandBy(Duration takeOver, LongSupplier nanoTime) {
        this.takeOverNanos = takeOver.toNanos();
        this.nanoTime = nanoTime;
    }

    /** Records that this streamer sealed the segment with this first offset. */
    public void sealedHere(long firstOffset) {
        newestSealedHere = firstOffset;
        if (sealedHere.size() < MOST_REMEMBERED) {
            sealedHere.add(firstOffset);
        }
    }

    boolean isNewestSealedHere(SegmentId segment) {
        return segment.firstOffset() == newestSealedHere;
    }

    /** Whether this streamer may publish the first unpublished segment and those after it. */
    boolean mayPublish(SegmentId head) {
        sealedHere.removeIf(offset -> offset < head.firstOffset());
        publishing = publishing || sealedHere.contains(head.firstOffset()) || waitedLongEnough(head);
        return publishing;
    }

    private boolean waitedLongEnough(SegmentId head) {
        if (!head.equals(waitingFor)) {
            waitingFor = head;
            waitingSince = nanoTime.getAsLong();
        }
        return nanoTime.getAsLong() - waitingSince >= takeOverNanos;
    }

    /** Call this when everything is published, or another streamer publishes. */
    void stepBack() {
        publishing = false;
    }
}
