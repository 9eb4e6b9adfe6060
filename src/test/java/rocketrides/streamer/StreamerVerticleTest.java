package rocketrides.streamer;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static rocketrides.runtime.Faults.Point.STREAMER_AFTER_PUBLISH;
import static rocketrides.testing.Eventually.eventually;
import static rocketrides.testing.TestLog.await;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import rocketrides.config.Settings;
import rocketrides.config.Settings.Delivery;
import rocketrides.log.Entry;
import rocketrides.log.LogRecord;
import rocketrides.log.LogStream;
import rocketrides.log.LogStream.Top;
import rocketrides.log.NewSegment;
import rocketrides.log.Segment;
import rocketrides.log.SegmentId;
import rocketrides.log.Sent;
import rocketrides.log.UnusableLogException;
import rocketrides.runtime.Events;
import rocketrides.runtime.Events.Crash;
import rocketrides.runtime.Events.Failed;
import rocketrides.runtime.Events.Published;
import rocketrides.runtime.Events.Sealed;
import rocketrides.runtime.Events.Staged;
import rocketrides.runtime.Events.StagedElsewhere;
import rocketrides.runtime.Events.StepEnded;
import rocketrides.runtime.Faults;
import rocketrides.testing.LogCapture;
import rocketrides.testing.StoreStub;

/** When a streamer seals, publishes, moves the floor and deletes, and what it says, beside a log in memory. */
@ExtendWith(VertxExtension.class)
class StreamerVerticleTest {
    private static final Duration NEVER = Duration.ofHours(1);
    private static final Duration SOON = Duration.ofMillis(10);

    private Vertx vertx;
    private final List<Record> news = new CopyOnWriteArrayList<>();

    private final AtomicInteger staged = new AtomicInteger();
    private final List<Segment> segments = new CopyOnWriteArrayList<>();
    private volatile long published;
    private final AtomicInteger seals = new AtomicInteger();
    private final AtomicInteger floors = new AtomicInteger();
    private volatile Supplier<Future<?>> tended = Future::succeededFuture;
    private volatile Throwable unreadable;

    private final List<Long> sent = new CopyOnWriteArrayList<>();
    private volatile Future<Integer> sending = Future.succeededFuture(0);
    private volatile Future<Optional<Top>> top = Future.succeededFuture(Optional.empty());
    private final AtomicInteger closed = new AtomicInteger();

    private final StoreStub store = new StoreStub() {
        @Override
        public Future<List<NewSegment>> seal(int limit) {
            seals.incrementAndGet();
            int count = staged.getAndSet(0);
            if (count == 0) {
                return Future.succeededFuture(List.of());
            }
            long first = segments.stream().mapToLong(Segment::lastOffset).max().orElse(0) + 1;
            var segment = segment(first, first + count - 1);
            segments.add(segment);
            return Future.succeededFuture(List.of(
                    new NewSegment(0, first, segment.lastOffset(), published == first - 1, Optional.of(segment))));
        }

        @Override
        public Future<List<Segment>> unpublished(int limit) {
            return unreadable != null
                    ? Future.failedFuture(unreadable)
                    : Future.succeededFuture(segments.stream()
                            .filter(segment -> segment.firstOffset() > published)
                            .toList());
        }

        @Override
        public Future<Boolean> mark(Segment segment) {
            published = segment.lastOffset();
            return Future.succeededFuture(true);
        }

        @Override
        public Future<FloorSample> sampleFloor() {
            floors.incrementAndGet();
            return tended.get().map(any -> new FloorSample(0, Set.of()));
        }

        @Override
        public Future<Boolean> raiseFloor(FloorSample sample) {
            floors.incrementAndGet();
            return tended.get().map(true);
        }

        @Override
        public Future<Boolean> lowerFloor() {
            return Future.succeededFuture(false);
        }
    };

    private final LogStream stream = (LogStream) Proxy.newProxyInstance(
            getClass().getClassLoader(), new Class<?>[] {LogStream.class}, (proxy, method, arguments) -> {
                switch (method.getName()) {
                    case "publish":
                        sent.add(((Segment) arguments[0]).firstOffset());
                        return sending;
                    case "lastGeneratedId":
                        return Future.succeededFuture(Optional.empty());
                    case "top":
                        return top;
                    case "close":
                        closed.incrementAndGet();
                        return Future.succeededFuture();
                    default:
                        throw new UnsupportedOperationException(method.getName());
                }
            });

    private static Segment segment(long first, long last) {
        return new Segment(first, last, new UUID(0, first), "");
    }

    @BeforeEach
    void listen(Vertx vertx) {
        this.vertx = vertx;
        Events.register(vertx);
        Stream.of(Sealed.class, Published.class, Sent.class, Failed.class, StepEnded.class)
                .forEach(type -> Events.on(vertx, type, news::add));
    }

    private Future<String> deploy(Duration pollInterval, Faults faults) {
        var options =
                new StreamerVerticle.Options("streamer0", new Settings.Streamer(1, 10, pollInterval), () -> Set.of(0));
        var log = new Settings.Log("stream", 1_000, Delivery.AT_LEAST_ONCE, Duration.ofDays(7), 1);
        return vertx.deployVerticle(new StreamerVerticle(
                options, store, partition -> new StreamerVerticle.Outlet(store, stream, log, false), faults));
    }

    /** Deployed, and asleep until somebody wakes it. */
    private String asleep(Faults faults) {
        var id = await(deploy(NEVER, faults));
        eventually("it has looked for staged records", () -> passed("sealing") == 1 && passed("publishing") == 1);
        assertEquals(1, seals.get());
        return id;
    }

    private long passed(String loop) {
        return news.stream()
                .filter(event -> event instanceof StepEnded step && step.role().equals("streamer0 (" + loop + ")"))
                .count();
    }

    private void stage(int records, Record event) {
        staged.set(records);
        Events.publish(vertx, event);
    }

    private List<Record> newsOf(Class<?>... types) {
        return news.stream()
                .filter(event -> Set.of(types).contains(event.getClass()))
                .toList();
    }

    @Test
    void newsOfStagedRecordsWakesSealingAndThatWakesPublishing() {
        asleep(Faults.NONE);
        stage(10, new Staged(10));
        eventually("the segment is marked", () -> published == 10);
        stage(2, new StagedElsewhere());
        eventually("the second segment is marked", () -> published == 12);
        eventually(
                "all is told",
                () -> newsOf(Sealed.class, Published.class, Sent.class).size() == 6);
        assertEquals(List.of(new Sealed(0, 1, 10), new Sealed(0, 11, 12)), newsOf(Sealed.class));
        assertEquals(List.of(new Published(0, 1, 10, 0), new Published(0, 11, 12, 0)), newsOf(Published.class));
        assertEquals(List.of(1L, 11L), sent);
    }

    /** After a batch of a few records, the next seal waits until they are published, but not for long, and for a wake-up. */
    @Test
    void goesOnSealingAlthoughPublishingStandsStill() {
        asleep(Faults.NONE);
        var stuck = Promise.<Integer>promise();
        sending = stuck.future();
        try (var lines = new LogCapture()) {
            stage(2, new Staged(2));
            eventually("it is sealed", () -> seals.get() == 2);
            stage(1, new Staged(1));
            eventually("that is sealed, too", () -> segments.size() == 2);
            assertEquals(3, seals.get());
            assertEquals(List.of(), lines.lines());
        }
        assertEquals(0, published);
        stuck.complete(0);
    }

    @Test
    void anOrderedCrashStrikesItsStreamerOnceAfterSending() {
        asleep(Faults.NONE);
        Events.publish(vertx, new Crash("streamer1"));
        Events.publish(vertx, new Crash("streamer0"));
        stage(10, new Staged(10));
        eventually("the segment is marked", () -> published == 10);
        assertEquals(List.of(1L, 1L), sent);
        stage(10, new Staged(10));
        eventually("the second segment is marked", () -> published == 20);
        assertEquals(List.of(1L, 1L, 11L), sent);
        eventually("the crash is told", () -> !newsOf(Failed.class).isEmpty());
        assertEquals(List.of(new Failed(STREAMER_AFTER_PUBLISH, "streamer0")), newsOf(Failed.class));
    }

    @Test
    void somebodyElsesCrashIsNotOurs() {
        asleep(Faults.NONE);
        Events.publish(vertx, new Crash("streamer1"));
        stage(10, new Staged(10));
        eventually("the segment is marked", () -> published == 10);
        assertEquals(List.of(1L), sent);
    }

    @Test
    void anInjectedFailureStrikesAfterSending() {
        var strikes = new AtomicInteger(1);
        asleep(Faults.scripted(point -> strikes.getAndDecrement() > 0));
        try (var lines = new LogCapture()) {
            stage(10, new Staged(10));
            eventually("the segment is marked", () -> published == 10);
            assertEquals(List.of(), lines.lines(), "the role is not failing");
        }
        assertEquals(List.of(1L, 1L), sent);
    }

    @Test
    void takesOverWhatAnotherProcessLeftUnpublishedWithoutWaiting() {
        segments.add(segment(1, 3));
        await(deploy(NEVER, Faults.NONE));
        eventually("the segment is marked", () -> published == 3);
    }

    @Test
    void doesNotStartWithAStreamOfTheOtherMode() {
        var record = new LogRecord(1, "create", "thing", "{}");
        top = Future.succeededFuture(
                Optional.of(new Top("1-0", Optional.of(new Entry("1-0", new SegmentId(1, new UUID(0, 1)), record)))));
        assertThrows(UnusableLogException.class, () -> await(deploy(SOON, Faults.NONE)));
        assertEquals(1, closed.get());
        int before = seals.get();
        await(vertx.timer(50));
        assertEquals(before, seals.get());
    }

    @Test
    void startsWhileRedisIsAway() {
        top = Future.failedFuture("Redis is away");
        await(deploy(SOON, Faults.NONE));
        staged.set(10);
        eventually("it is sealed", () -> segments.size() == 1);
        assertEquals(0, published);
        top = Future.succeededFuture(Optional.empty());
        eventually("it is published", () -> published == 10);
    }

    @Test
    void stopsWithAnAlarmWhenTheLogHasAHole() {
        unreadable = new UnusableLogException("there is a hole");
        try (var lines = new LogCapture()) {
            await(deploy(SOON, Faults.NONE));
            lines.await(
                    1,
                    line -> line.equals(
                            "ERROR rocketrides.streamer.StreamerVerticle ALARM: streamer0 stopped: there is a hole"));
            eventually("that is told", () -> newsOf(StepEnded.class)
                    .contains(new StepEnded("streamer0 (publishing)", Duration.ZERO, "there is a hole", true)));
        }
    }

    @Test
    void triesAgainAfterAnyOtherFailure() {
        unreadable = new IllegalStateException("Postgres is away");
        await(deploy(SOON, Faults.NONE));
        eventually("it has failed", () -> newsOf(StepEnded.class).stream()
                .anyMatch(event -> "Postgres is away".equals(((StepEnded) event).failure())));
        segments.add(segment(1, 3));
        unreadable = null;
        eventually("the segment is marked", () -> published == 3);
    }

    @Test
    void closesItsConnectionWhenItStops() {
        var id = asleep(Faults.NONE);
        await(vertx.undeploy(id));
        assertEquals(1, closed.get());
        stage(10, new Staged(10));
        assertEquals(1, seals.get());
    }

    @Test
    void theFloorIsLookedAtNowAndThen() {
        long began = System.nanoTime();
        await(deploy(Duration.ofMillis(1), Faults.NONE));
        eventually(
                "it has looked for staged records often, and twice at the floor",
                () -> seals.get() > 50 && floors.get() >= 2);
        long most = 2 + Duration.ofNanos(System.nanoTime() - began).toMillis() / 200;
        assertTrue(floors.get() <= most, () -> floors.get() + " of " + most);
    }

    @Test
    void aFloorThatCannotBeMovedIsToldAndKeepsNothingFromBeingSealed() {
        tended = () -> Future.failedFuture("no floor");
        await(deploy(SOON, Faults.NONE));
        staged.set(10);
        eventually("it is sealed", () -> segments.size() == 1);
        eventually("the failure is told", () -> newsOf(StepEnded.class).stream()
                .anyMatch(event -> "no floor".equals(((StepEnded) event).failure())));
        tended = Future::succeededFuture;
        eventually("its end is told", () -> {
            var told = new ArrayDeque<>(newsOf(StepEnded.class));
            told.removeIf(event -> !((StepEnded) event).role().equals("streamer0 (sealing)"));
            return ((StepEnded) told.getLast()).failure() == null;
        });
    }

    /** Otherwise an overloaded Postgres would see nothing but the floor's statements, for ever. */
    @Test
    void sealsEvenIfTheFloorTakesLongerThanTheTimeUntilTheNext() {
        tended = () -> vertx.timer(1_100, MILLISECONDS);
        await(deploy(SOON, Faults.NONE));
        eventually("it has looked for staged records", () -> seals.get() > 0);
    }
}
