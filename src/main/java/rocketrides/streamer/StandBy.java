package rocketrides.streamer;

import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.function.LongSupplier;
import rocketrides.log.SegmentId;

/**
 * Decides which of several streamers publishes. Whoever sealed the first unpublished segment does; the others stand by,
 * and take over once that segment has been waiting for the take-over time. This saves double sends. Correctness does not
 * need it.
 */
public final class StandBy {
    /** More need not be remembered: whoever has begun to publish goes on with whatever follows. */
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

    /** The segment that begins at this offset was sealed by this streamer. */
    public void sealedHere(long firstOffset) {
        newestSealedHere = firstOffset;
        if (sealedHere.size() < MOST_REMEMBERED) {
            sealedHere.add(firstOffset);
        }
    }

    boolean isNewestSealedHere(SegmentId segment) {
        return segment.firstOffset() == newestSealedHere;
    }

    /** Whether it is this streamer that publishes the first unpublished segment, and those after it. */
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

    /** Everything is published, or another streamer publishes. */
    void stepBack() {
        publishing = false;
    }
}
