package rocketrides.streamer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import rocketrides.config.Settings.Delivery;
import rocketrides.log.DeliveryGuard;
import rocketrides.log.Entry;
import rocketrides.log.LogRecord;
import rocketrides.log.LogStream;
import rocketrides.log.NewSegment;
import rocketrides.log.Segment;
import rocketrides.log.SegmentId;
import rocketrides.runtime.Events.Published;
import rocketrides.streamer.Publisher.Next;
import rocketrides.testing.StoreStub;

/** In which order a publisher asks the store and the stream for what, and what it says of the rest. */
class PublisherTest {
    private static final Segment FIRST = segment(1, 3);
    private static final Segment SECOND = segment(4, 5);

    private final List<String> asked = new ArrayList<>();
    private final List<Published> news = new ArrayList<>();
    private final List<Segment> unpublished = new ArrayList<>(List.of(FIRST, SECOND));
    private final StandBy standBy = new StandBy(Duration.ofHours(1), () -> 0);
    private Future<Integer> sent = Future.succeededFuture(0);
    private Future<Boolean> marked = Future.succeededFuture(true);
    private Optional<LogStream.Top> top = Optional.empty();

    private static Segment segment(long first, long last) {
        return new Segment(first, last, new UUID(0, first), "");
    }

    private final StoreStub store = new StoreStub() {
        @Override
        public Future<List<Segment>> unpublished(int limit) {
            asked.add("unpublished " + limit);
            return Future.succeededFuture(List.copyOf(unpublished.subList(0, Math.min(limit, unpublished.size()))));
        }

        @Override
        public Future<Boolean> mark(Segment segment) {
            asked.add("mark " + segment.firstOffset());
            return marked.onSuccess(done -> unpublished.remove(segment));
        }

        @Override
        public Future<Boolean> holds(SegmentId segment) {
            return Future.succeededFuture(true);
        }
    };

    private final LogStream stream = new LogStream() {
        @Override
        public Future<Integer> publish(Segment segment) {
            asked.add("publish " + segment.firstOffset());
            return sent;
        }

        @Override
        public Future<Optional<Top>> top() {
            asked.add("look");
            return Future.succeededFuture(top);
        }

        @Override
        public Future<Optional<String>> lastGeneratedId() {
            return Future.succeededFuture(Optional.empty());
        }

        @Override
        public Future<Void> delete() {
            return Future.failedFuture(new UnsupportedOperationException());
        }

        @Override
        public Future<Read> read(String afterId, int count, Duration block) {
            return Future.failedFuture(new UnsupportedOperationException());
        }

        @Override
        public Future<Void> close() {
            return Future.succeededFuture();
        }

        @Override
        public String idAfter(long offset, String lastId) {
            throw new UnsupportedOperationException();
        }
    };

    private final Publisher publisher = new Publisher(
            store, stream, new DeliveryGuard("stream", Delivery.IDEMPOTENT, stream, store), standBy, segment -> {
                asked.add("news");
                news.add(segment.published());
            });

    @BeforeEach
    void sealHere() {
        standBy.sealedHere(FIRST.firstOffset());
        standBy.sealedHere(SECOND.firstOffset());
    }

    private List<String> asksFor(Next next) {
        asked.clear();
        assertEquals(next, publisher.runOnce().result());
        return List.copyOf(asked);
    }

    /** That all is in the stream up to this record. */
    private void streamHas(long offset) {
        var record = new LogRecord(offset, "create", "thing", "{}");
        top = Optional.of(new LogStream.Top(
                offset + "-0", Optional.of(new Entry(offset + "-0", new SegmentId(1, new UUID(0, 1)), record))));
    }

    @Test
    void publishesEachSegmentTellsOfItAndMarksItInOrder() {
        assertEquals(
                List.of("look", "unpublished 4", "publish 1", "news", "mark 1", "publish 4", "news", "mark 4"),
                asksFor(Next.IDLE));
        assertEquals(List.of(new Published(0, 1, 3, 0), new Published(0, 4, 5, 0)), news);
    }

    @Test
    void looksForMoreUnlessTheLastOneIsTheNewestThatWasSealedHere() {
        unpublished.add(segment(6, 6));
        asksFor(Next.MORE);
        assertEquals(List.of("unpublished 4"), asksFor(Next.IDLE));
    }

    /** {@code next}: everything before it is marked at that time. */
    private void sealedHere(Segment segment, boolean next) {
        unpublished.add(segment);
        publisher.sealed(new NewSegment(0, segment.firstOffset(), segment.lastOffset(), next, Optional.of(segment)));
    }

    @Test
    void doesNotReadASmallSegmentThatIsTheNextOne() {
        asksFor(Next.IDLE);
        sealedHere(segment(6, 6), true);
        assertEquals(List.of("publish 6", "news", "mark 6"), asksFor(Next.IDLE));
        unpublished.add(segment(7, 7));
        publisher.sealed(new NewSegment(0, 7, 7, true, Optional.empty()));
        assertEquals(List.of("unpublished 4", "publish 7", "news", "mark 7"), asksFor(Next.IDLE));
    }

    /** Must hold: nothing is published before what is before it, whatever this publisher has marked in another history. */
    @Test
    void readsASmallSegmentIfSomethingBeforeItIsNotMarked() {
        asksFor(Next.IDLE);
        sealedHere(segment(6, 6), false);
        assertEquals(List.of("unpublished 4", "publish 6", "news", "mark 6"), asksFor(Next.IDLE));
        sealedHere(segment(7, 7), true);
        sealedHere(segment(8, 8), false);
        assertEquals(
                List.of("unpublished 4", "publish 7", "news", "mark 7", "publish 8", "news", "mark 8"),
                asksFor(Next.IDLE));
    }

    @Test
    void readsASmallSegmentAfterAFailureAndAfterSomebodyElseHasMovedTheCursor() {
        asksFor(Next.IDLE);
        sealedHere(segment(6, 6), true);
        sent = Future.failedFuture("the connection broke");
        publisher.runOnce();
        sent = Future.succeededFuture(0);
        assertEquals(List.of("look", "unpublished 1", "publish 6", "news", "mark 6"), asksFor(Next.IDLE));
        sealedHere(segment(7, 7), true);
        marked = Future.succeededFuture(false);
        assertEquals(List.of("publish 7", "news", "mark 7"), asksFor(Next.MORE));
        assertEquals(List.of("unpublished 4"), asksFor(Next.IDLE));
    }

    @Test
    void checksTheStreamOnceAndAgainAfterAFailure() {
        asksFor(Next.IDLE);
        assertEquals(List.of("unpublished 4"), asksFor(Next.IDLE));
        unpublished.add(segment(6, 6));
        standBy.sealedHere(6);
        var failure = new IllegalStateException("the connection broke");
        sent = Future.failedFuture(failure);
        assertSame(failure, publisher.runOnce().cause());
        sent = Future.succeededFuture(0);
        assertEquals(List.of("look", "unpublished 1", "publish 6", "news", "mark 6"), asksFor(Next.IDLE));
        assertEquals(List.of("unpublished 4"), asksFor(Next.IDLE));
    }

    @Test
    void standsByForWhoeverSealedUntilItHasPublished() {
        unpublished.clear();
        unpublished.add(segment(6, 6));
        assertEquals(List.of("look", "unpublished 4"), asksFor(Next.STAND_BY));
    }

    /** It went on with the segment of another streamer while it was publishing anyway, and does not once it was idle. */
    @Test
    void stepsBackWhenItIsIdle() {
        asksFor(Next.IDLE);
        unpublished.add(segment(6, 6));
        asksFor(Next.STAND_BY);
        unpublished.clear();
        asksFor(Next.IDLE);
        unpublished.add(segment(7, 7));
        asksFor(Next.STAND_BY);
    }

    @Test
    void stopsAndStepsBackWhenSomebodyElseHasMovedTheCursor() {
        marked = Future.succeededFuture(false);
        assertEquals(List.of("look", "unpublished 4", "publish 1", "news", "mark 1"), asksFor(Next.MORE));
        unpublished.clear();
        unpublished.add(segment(6, 6));
        asksFor(Next.STAND_BY);
    }

    @Test
    void marksARefusedSegmentIfTheStreamHasComeThatFar() {
        sent = Future.succeededFuture(2);
        streamHas(5);
        assertEquals(
                List.of(
                        "look",
                        "look",
                        "unpublished 4",
                        "publish 1",
                        "news",
                        "look",
                        "mark 1",
                        "publish 4",
                        "news",
                        "look",
                        "mark 4"),
                asksFor(Next.IDLE));
        assertEquals(List.of(new Published(0, 1, 3, 2), new Published(0, 4, 5, 2)), news);
    }

    @Test
    void looksAgainIfTheStreamHasNotComeThatFar() {
        sent = Future.succeededFuture(2);
        streamHas(2);
        assertEquals(List.of("look", "look", "unpublished 4", "publish 1", "news", "look"), asksFor(Next.MORE));
    }
}
