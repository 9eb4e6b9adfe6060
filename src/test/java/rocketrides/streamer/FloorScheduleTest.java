package rocketrides.streamer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import rocketrides.testing.LogCapture;
import rocketrides.testing.StoreStub;

/** The schedule of samples, raises and looks below the floor. {@link FloorTest} tests the statements themselves. */
class FloorScheduleTest {
    private static final Duration BETWEEN_LOOKS = Duration.ofSeconds(10);

    private final AtomicLong nanos = new AtomicLong(-3);
    private final List<String> asked = new ArrayList<>();
    private long highestId = 7;
    private Future<Boolean> raised = Future.succeededFuture(true);
    private Future<Boolean> lowered = Future.succeededFuture(false);

    private final Floor floor = new Floor(
            new StoreStub() {
                @Override
                public Future<FloorSample> sampleFloor() {
                    asked.add("sample");
                    return Future.succeededFuture(new FloorSample(highestId, Set.of()));
                }

                @Override
                public Future<Boolean> raiseFloor(FloorSample sample) {
                    asked.add("raise " + sample.highestId());
                    return raised;
                }

                @Override
                public Future<Boolean> lowerFloor() {
                    asked.add("look");
                    return lowered;
                }
            },
            nanos::get,
            BETWEEN_LOOKS);

    private List<String> asksFor(int passes) {
        asked.clear();
        for (int i = 0; i < passes; i++) {
            assertTrue(floor.runOnce().succeeded());
        }
        return List.copyOf(asked);
    }

    @Test
    void looksFirstThenSamplesAndRaisesInTurn() {
        assertEquals(List.of("look", "sample", "raise 7", "sample", "raise 7"), asksFor(4));
    }

    @Test
    void keepsASampleUntilItsWritersHaveGone() {
        raised = Future.succeededFuture(false);
        assertEquals(List.of("look", "sample", "raise 7", "raise 7"), asksFor(3));
        raised = Future.succeededFuture(true);
        highestId = 9;
        assertEquals(List.of("raise 7", "sample", "raise 9"), asksFor(3));
    }

    /** A sample is not valid on another connection. */
    @Test
    void takesANewSampleAfterARaiseThatFailed() {
        asksFor(1);
        var failure = new IllegalStateException("the connection broke");
        raised = Future.failedFuture(failure);
        assertSame(failure, floor.runOnce().cause());
        raised = Future.succeededFuture(true);
        assertEquals(List.of("sample", "raise 7"), asksFor(2));
    }

    @Test
    void looksAgainWhenItIsTime() {
        asksFor(2);
        nanos.addAndGet(BETWEEN_LOOKS.toNanos() - 1);
        assertFalse(asksFor(2).contains("look"));
        nanos.addAndGet(1);
        assertEquals(List.of("look", "sample"), asksFor(1));
    }

    @Test
    void looksAgainAtOnceWhenTheSequenceStandsLowerThanBefore() {
        asksFor(2);
        highestId = 6;
        assertEquals(List.of("sample"), asksFor(1));
        assertEquals(List.of("look", "raise 6"), asksFor(1));
        assertFalse(asksFor(2).contains("look"), "the same id again is not lower");
    }

    /**
     * A look may take long: nothing waits for it, there is one at a time, and the pause after it is twenty times as
     * long.
     */
    @Test
    void doesNotWaitForALookAndRestsAfterIt() {
        var look = Promise.<Boolean>promise();
        lowered = look.future();
        assertEquals(List.of("look", "sample"), asksFor(1));
        nanos.addAndGet(Duration.ofSeconds(2).toNanos());
        assertEquals(List.of("raise 7", "sample"), asksFor(2));
        look.complete(false);
        lowered = Future.succeededFuture(false);
        nanos.addAndGet(Duration.ofSeconds(40).toNanos() - 1);
        assertFalse(asksFor(2).contains("look"));
        nanos.addAndGet(1);
        assertTrue(asksFor(1).contains("look"));
    }

    @Test
    void aLookThatLoweredTheFloorIsToldAndTheSampleIsDropped() {
        asksFor(2);
        assertEquals(List.of("sample"), asksFor(1));
        nanos.addAndGet(BETWEEN_LOOKS.toNanos());
        lowered = Future.succeededFuture(true);
        try (var lines = new LogCapture()) {
            assertEquals(List.of("look", "sample"), asksFor(1));
            lines.await(1, line -> line.startsWith("WARN") && line.contains("was set back below log_head.floor"));
        }
        assertEquals(List.of("raise 7"), asksFor(1));
    }

    @Test
    void failsWhileTheLastLookHasFailed() {
        var failure = new IllegalStateException("the connection broke");
        lowered = Future.failedFuture(failure);
        assertSame(failure, floor.runOnce().cause());
        assertSame(failure, floor.runOnce().cause());
        lowered = Future.succeededFuture(false);
        nanos.addAndGet(BETWEEN_LOOKS.toNanos());
        assertTrue(floor.runOnce().succeeded());
    }
}
