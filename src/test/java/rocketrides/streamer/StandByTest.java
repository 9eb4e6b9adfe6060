package rocketrides.streamer;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import rocketrides.log.SegmentId;

/** Which of several streamers publishes. */
class StandByTest {
    private final AtomicLong nanos = new AtomicLong(7);
    private final StandBy standBy = new StandBy(Duration.ofNanos(100), nanos::get);

    private static SegmentId segment(long firstOffset) {
        return new SegmentId(firstOffset, new UUID(0, firstOffset));
    }

    @Test
    void whoeverSealedPublishesAtOnce() {
        standBy.sealedHere(5);
        assertTrue(standBy.mayPublish(segment(5)));
    }

    @Test
    void anotherOneWaitsTheTakeOverTime() {
        assertFalse(standBy.mayPublish(segment(5)));
        nanos.addAndGet(99);
        assertFalse(standBy.mayPublish(segment(5)));
        nanos.addAndGet(1);
        assertTrue(standBy.mayPublish(segment(5)));
    }

    @Test
    void theTakeOverTimeBeginsAnewWithEverySegment() {
        assertFalse(standBy.mayPublish(segment(5)));
        nanos.addAndGet(100);
        assertFalse(standBy.mayPublish(segment(6)), "somebody has published the one before");
        nanos.addAndGet(100);
        assertTrue(standBy.mayPublish(segment(6)));
    }

    @Test
    void whoeverHasBegunGoesOnUntilItStepsBack() {
        standBy.sealedHere(5);
        assertTrue(standBy.mayPublish(segment(5)));
        assertTrue(standBy.mayPublish(segment(6)), "which another one sealed");
        standBy.stepBack();
        assertFalse(standBy.mayPublish(segment(7)));
    }

    /** It remembers a bounded number of segments, and forgets those that are published. */
    @Test
    void remembersAThousandSegmentsAndForgetsThoseThatArePublished() {
        for (long offset = 1; offset <= 1_001; offset++) {
            standBy.sealedHere(offset);
        }
        assertTrue(standBy.mayPublish(segment(1_000)));
        standBy.stepBack();
        assertFalse(standBy.mayPublish(segment(1_001)), "one too many");
        standBy.sealedHere(1_002);
        assertTrue(standBy.mayPublish(segment(1_002)), "those before were forgotten");
    }
}
