package rocketrides.streamer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import io.vertx.core.Future;
import io.vertx.pgclient.PgException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import rocketrides.log.NewSegment;
import rocketrides.log.Segment;
import rocketrides.testing.StoreStub;

/** How many records a seal asks for, and what it says of the rest. */
class SealerTest {
    private final List<Integer> asked = new ArrayList<>();
    private final List<NewSegment> news = new ArrayList<>();
    private long staged;
    private long head;
    private boolean large;
    private Throwable failure;

    private final StoreStub store = new StoreStub() {
        @Override
        public Future<List<NewSegment>> seal(int limit) {
            asked.add(limit);
            if (failure != null) {
                return Future.failedFuture(failure);
            }
            long count = Math.min(limit, staged);
            staged -= count;
            head += count;
            return Future.succeededFuture(count == 0 ? List.of() : List.of(sealed(head - count + 1, head)));
        }
    };

    private NewSegment sealed(long first, long last) {
        var content = new Segment(first, last, new UUID(0, first), "");
        return new NewSegment(0, first, last, true, large ? Optional.empty() : Optional.of(content));
    }

    private Sealer sealer(int batchSize) {
        return new Sealer(store, batchSize, news::add);
    }

    private List<Integer> asks(Sealer sealer, int times) {
        asked.clear();
        for (int i = 0; i < times; i++) {
            sealer.runOnce();
        }
        return List.copyOf(asked);
    }

    @ParameterizedTest
    @CsvSource({"0, IDLE", "1, FEW", "4, FEW", "5, MORE", "10, MORE", "11, MORE"})
    void saysWhetherMoreIsWaitingByHowFullTheBatchWas(long records, Sealer.Next next) {
        staged = records;
        assertEquals(next, sealer(10).runOnce().result());
    }

    /** The batch may have been limited by its size, so more may be staged. */
    @Test
    void saysThatOthersMayBeWaitingAfterFewLargeRecords() {
        staged = 1;
        large = true;
        assertEquals(Sealer.Next.SOME, sealer(10).runOnce().result());
    }

    @Test
    void measuresFewByTheConfiguredSizeAlsoWhenItAskedForMore() {
        staged = 10 + 5;
        var sealer = sealer(10);
        sealer.runOnce();
        assertEquals(Sealer.Next.MORE, sealer.runOnce().result(), "5 of the 20 that it asked for, but half of 10");
    }

    @Test
    void tellsOfEverySegmentAndOfNothingElse() {
        staged = 14;
        var sealer = sealer(10);
        asks(sealer, 3);
        assertEquals(List.of(sealed(1, 10), sealed(11, 14)), news);
    }

    @Test
    void asksForUpToFourTimesAsManyWhileThereIsABacklog() {
        staged = 10 + 20 + 40 + 40;
        assertEquals(List.of(10, 20, 40, 40, 40, 10), asks(sealer(10), 6));
    }

    /** The bound of one statement; whoever configures more is given that. */
    @Test
    void asksForNoMoreThanTenThousandUnlessConfigured() {
        staged = Long.MAX_VALUE;
        assertEquals(List.of(4_000, 8_000, 10_000, 10_000), asks(sealer(4_000), 4));
        assertEquals(List.of(20_000, 20_000), asks(sealer(20_000), 2));
    }

    @Test
    void asksForHalfAsManyAfterABatchThatWasTooMuchDownToOne() {
        failure = new PgException("too much", "ERROR", "54000", "");
        assertEquals(List.of(10, 5, 2, 1, 1), asks(sealer(10), 5));
    }

    @Test
    void asksForAsManyAfterAFailureThatSaysNothingOfTheSize() {
        failure = new java.io.IOException("away");
        var sealer = sealer(10);
        assertEquals(List.of(10, 10), asks(sealer, 2));
        assertSame(failure, sealer.runOnce().cause());
    }

    /** Half of what was too much is the most, until so many full batches went well; then it may double. */
    @Test
    void triesMoreAgainAfter64FullBatches() {
        staged = Long.MAX_VALUE;
        var sealer = sealer(10);
        assertEquals(List.of(10, 20), asks(sealer, 2));
        failure = new PgException("too much", "ERROR", "54000", "");
        assertEquals(List.of(40), asks(sealer, 1));
        failure = null;
        var after = asks(sealer, 66);
        assertEquals(java.util.Collections.nCopies(64, 20), after.subList(0, 64));
        assertEquals(List.of(40, 40), after.subList(64, 66));
    }

    /** A batch that is not full shows that there is no backlog; whatever was too much is forgotten. */
    @Test
    void forgetsWhatWasTooMuchWhenABatchIsNotFull() {
        var sealer = sealer(10);
        failure = new PgException("too much", "ERROR", "54000", "");
        assertEquals(List.of(10, 5), asks(sealer, 2));
        failure = null;
        staged = 1;
        assertEquals(List.of(2), asks(sealer, 1));
        staged = Long.MAX_VALUE;
        assertEquals(List.of(10, 20, 40), asks(sealer, 3));
    }
}
