package rocketrides.consumer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import rocketrides.consumer.Checkpoints.Batch;
import rocketrides.consumer.Checkpoints.Checkpoint;
import rocketrides.consumer.Checkpoints.Rejected;
import rocketrides.consumer.Checkpoints.Saved;
import rocketrides.consumer.Checkpoints.Saved.Outcome;
import rocketrides.log.Applied;
import rocketrides.log.Entry;
import rocketrides.log.LogRecord;
import rocketrides.log.LogStream;
import rocketrides.log.LogStream.Read;
import rocketrides.log.LogStream.Top;
import rocketrides.log.Segment;
import rocketrides.log.SegmentId;
import rocketrides.log.SegmentStore;
import rocketrides.log.UnusableLogException;
import rocketrides.runtime.Events.Consumed;
import rocketrides.runtime.Faults;
import rocketrides.runtime.Faults.SimulatedFailure;
import rocketrides.testing.LogCapture;

/**
 * What each pass of a consumer asks for, in which order, what it saves and what it says, beside servers that answer what
 * the test tells them to. Offset n has the stream's id (100 + n)-0. Segments have two records: 1–2, 3–4, …
 */
class ConsumerPassesTest {
    private static final Duration IDLE = Duration.ofSeconds(1);
    private static final String READ = " 10 PT1S";

    private final List<String> asked = new ArrayList<>();
    private final List<Record> news = new ArrayList<>();
    private final Deque<Future<Read>> reads = new ArrayDeque<>();
    private final Deque<Future<Saved>> saves = new ArrayDeque<>();
    private final Troubles troubles = new Troubles();
    private Future<Optional<Checkpoint>> stored = Future.succeededFuture(Optional.empty());
    private Future<Optional<String>> lastId = Future.succeededFuture(Optional.of("999-0"));
    private Future<Optional<Top>> top = Future.succeededFuture(Optional.empty());
    private long archivedFrom = 1;
    private long archivedTo = 1_000;
    private int segmentsAtOnce = 1_000;
    private boolean dies;
    private long now;
    private Consumer consumer = consumer();

    private Consumer consumer() {
        var faults = Faults.scripted(point -> dies);
        return new Consumer(
                new Consumer.Options(Instance.of("c"), 10, IDLE, faults, troubles),
                checkpoints(),
                new Consumer.Source(archive(), stream()),
                news::add,
                () -> now);
    }

    private Checkpoints checkpoints() {
        return new Checkpoints() {
            @Override
            public Future<Void> register() {
                asked.add("register");
                return Future.succeededFuture();
            }

            @Override
            public Future<Optional<Checkpoint>> load() {
                asked.add("load");
                return stored;
            }

            @Override
            public Future<Saved> save(Batch batch) {
                asked.add("save " + batch.from() + "-" + batch.to() + " of "
                        + batch.segments().stream().map(SegmentId::firstOffset).toList() + " at " + batch.redisId()
                        + (batch.duplicates() == 0 ? "" : ", duplicates " + batch.duplicates())
                        + (batch.gaps() == 0 ? "" : ", gaps " + batch.gaps()));
                assertEquals(
                        LongStream.rangeClosed(batch.from() + 1, batch.to())
                                .boxed()
                                .toList(),
                        batch.records().stream().map(LogRecord::offset).toList());
                return saves.isEmpty() ? done(batch) : saves.poll();
            }

            @Override
            public Future<Void> countCrash() {
                throw new UnsupportedOperationException();
            }
        };
    }

    private Future<Saved> done(Batch batch) {
        var before = stored.result().orElseThrow();
        at(batch.to(), before.head());
        return Future.succeededFuture(new Saved(Outcome.DONE, batch.records().size(), List.of(), "at " + batch.to()));
    }

    private LogStream stream() {
        return stub(
                LogStream.class,
                Map.of(
                        "read",
                        arguments -> {
                            asked.add("read " + arguments[0] + " " + arguments[1] + " " + arguments[2]);
                            return reads.isEmpty()
                                    ? Future.succeededFuture(new Read(List.of(), (String) arguments[0], 0))
                                    : reads.poll();
                        },
                        "lastGeneratedId",
                        arguments -> {
                            asked.add("last");
                            return lastId;
                        },
                        "top",
                        arguments -> {
                            asked.add("top");
                            return top;
                        },
                        "idAfter",
                        arguments -> {
                            asked.add("behind " + arguments[0]);
                            return arguments[1];
                        }));
    }

    private SegmentStore archive() {
        return stub(SegmentStore.class, Map.of("read", arguments -> {
            asked.add("archive " + arguments[0] + " " + arguments[1]);
            long first = Math.max((long) arguments[0], archivedFrom);
            int limit = Math.min((int) arguments[1], segmentsAtOnce);
            return Future.succeededFuture(IntStream.range(0, limit)
                    .mapToObj(i -> segment(first - (first - 1) % 2 + 2L * i))
                    .filter(segment -> segment.firstOffset() <= archivedTo)
                    .toList());
        }));
    }

    @FunctionalInterface
    private interface Answer {
        Object to(Object[] arguments);
    }

    private static <T> T stub(Class<T> type, Map<String, Answer> answers) {
        return type.cast(Proxy.newProxyInstance(
                type.getClassLoader(),
                new Class<?>[] {type},
                (proxy, method, arguments) -> answers.get(method.getName()).to(arguments)));
    }

    private static SegmentId segmentOf(long offset) {
        long first = offset - (offset - 1) % 2;
        return new SegmentId(first, new UUID(0, first));
    }

    private static Segment segment(long first) {
        return new Segment(first, first + 1, segmentOf(first).tag(), "create\tthing\t{}\ncreate\tthing\t{}");
    }

    private static String id(long offset) {
        return 100 + offset + "-0";
    }

    private static Entry entry(long offset, String data) {
        return new Entry(id(offset), segmentOf(offset), new LogRecord(offset, "create", "thing", data));
    }

    private void arrive(long... offsets) {
        arrive(Arrays.stream(offsets).mapToObj(offset -> entry(offset, "{}")).toList(), 0);
    }

    private void arrive(List<Entry> entries, int foreign) {
        reads.add(Future.succeededFuture(
                new Read(entries, entries.get(entries.size() - 1).id(), foreign)));
    }

    private void at(long offset, long head) {
        stored = Future.succeededFuture(Optional.of(new Checkpoint(offset, id(offset), head, true)));
    }

    private void begin(long offset, long head) {
        at(offset, head);
        pass("load", "behind " + offset);
    }

    /** One pass, which must ask for exactly this and go on at once. */
    private void pass(String... expected) {
        assertEquals(Duration.ZERO, result(expected).result());
    }

    private Future<Duration> result(String... expected) {
        asked.clear();
        var pass = consumer.runOnce();
        assertTrue(pass.isComplete());
        assertEquals(List.of(expected), asked);
        return pass;
    }

    @Test
    void registersANewNameAndReadsBehindItsCheckpoint() {
        pass("load", "register");
        begin(0, 0);
        pass("read 100-0" + READ, "last", "load");
    }

    @Test
    void appliesOnceWhatStandsBehindTheCheckpoint() {
        begin(2, 6);
        arrive(1, 2, 3, 3, 4, 2);
        pass("read 102-0" + READ);
        var before = Instant.now();
        pass("save 2-4 of [3] at 102-0, duplicates 4");
        assertEquals(new Consumed("c", 0, 4, 2, 4, 0, 0, "at 4"), news.get(0));
        var applied = (Applied) news.get(1);
        assertEquals("c", applied.consumer());
        assertEquals(2, applied.records().size());
        assertFalse(applied.begun().isBefore(before) || applied.begun().isAfter(Instant.now()));
        arrive(5);
        pass("read 102-0" + READ);
        pass("save 4-5 of [5] at 105-0");
        assertEquals(new Consumed("c", 0, 5, 1, 0, 0, 0, "at 5"), news.get(2));
    }

    private void notBegun(long offset, long head) {
        stored = Future.succeededFuture(Optional.of(new Checkpoint(offset, id(offset), head, false)));
    }

    private void waits(long... millis) {
        for (long wait : millis) {
            assertEquals(Duration.ofMillis(wait), result("load").result());
        }
    }

    @Test
    void appliesNothingUntilEverythingInOlderPartitionsIsApplied() {
        notBegun(0, 200);
        waits(10, 20, 40, 80, 160, 320, 640, 1000, 1000);
        begin(0, 6);
        arrive(1);
        pass("read 100-0" + READ);
        pass("save 0-1 of [1] at 101-0");
    }

    /** Broken: the consumer was rewound, to the offset at which it is. Must hold: the idle check notices. */
    @Test
    void waitsAgainForOlderPartitionsAfterARewind() {
        begin(0, 6);
        arrive(1, 2);
        pass("read 100-0" + READ);
        notBegun(0, 6);
        saves.add(Future.succeededFuture(Saved.refused(Outcome.MOVED)));
        pass("save 0-2 of [1] at 102-0");
        waits(10, 20);
        begin(0, 6);
        notBegun(0, 6);
        pass("read 100-0" + READ, "last", "load");
        waits(10);
    }

    /** Broken: the consumer is far behind, and is rewound while it looks at the stream. */
    @Test
    void doesNotCatchUpBeforeEverythingInOlderPartitionsIsApplied() {
        at(0, 200);
        var newest = Promise.<Optional<Top>>promise();
        top = newest.future();
        asked.clear();
        var pass = consumer.runOnce();
        notBegun(0, 200);
        newest.complete(Optional.empty());
        assertEquals(Duration.ZERO, pass.result());
        waits(10);
    }

    @Test
    void savesNothingForWhatIsAppliedAlready() {
        begin(2, 6);
        arrive(2);
        pass("read 102-0" + READ);
        arrive(3);
        pass("read 102-0" + READ);
        pass("save 2-3 of [3] at 103-0, duplicates 1");
    }

    @Test
    void saysWhatTheProjectionRejectedAndIgnored() {
        begin(2, 6);
        arrive(3, 4, 5);
        pass("read 102-0" + READ);
        var rejected = new Rejected(new LogRecord(4, "create", "thing", "{}"), "no sense");
        saves.add(Future.succeededFuture(new Saved(Outcome.DONE, 1, List.of(rejected), null)));
        pass("save 2-5 of [3, 5] at 105-0");
        assertEquals(new Consumed("c", 0, 5, 1, 0, 0, 1, null), news.get(0));
        assertEquals(Map.of(4L, "no sense"), ((Applied) news.get(1)).rejected());
    }

    @Test
    void healsAGapBeforeWhatFollowsIt() {
        begin(2, 6);
        arrive(3, 6);
        pass("read 102-0" + READ);
        pass("save 2-3 of [3] at 103-0");
        pass("archive 4 16", "save 3-5 of [3, 5] at 103-0, gaps 1");
        assertEquals(new Consumed("c", 0, 5, 2, 0, 2, 0, "at 5"), news.get(2));
        pass("save 5-6 of [5] at 106-0");
        assertEquals(new Consumed("c", 0, 6, 1, 0, 0, 0, "at 6"), news.get(4));
    }

    @Test
    void countsAGapOnceHoweverManyPartsItIsHealedIn() {
        begin(2, 6);
        segmentsAtOnce = 1;
        arrive(6);
        pass("read 102-0" + READ);
        pass("archive 3 16", "save 2-4 of [3] at 102-0");
        assertEquals(new Consumed("c", 0, 4, 2, 0, 2, 0, "at 4"), news.get(0));
        pass("archive 5 16", "save 4-5 of [5] at 102-0, gaps 1");
        assertEquals(new Consumed("c", 0, 5, 1, 0, 1, 0, "at 5"), news.get(2));
    }

    @Test
    void readsTheArchiveUpToTheHeadWhenItIsFarBehind() {
        at(0, 101);
        top = Future.succeededFuture(Optional.of(new Top("300-0", Optional.empty())));
        pass("load", "behind 0", "top", "load");
        segmentsAtOnce = 2;
        archivedTo = 4;
        pass("archive 1 16", "save 0-4 of [1, 3] at 300-0");
        assertEquals(new Consumed("c", 0, 4, 4, 0, 0, 0, "at 4"), news.get(0));
        at(97, 101);
        now = IDLE.toNanos();
        archivedTo = 1_000;
        pass("archive 5 16", "save 4-8 of [5, 7] at 300-0");
    }

    /** The head is looked up after the newest entry, so what was sealed in between is left out of neither. */
    @Test
    void readsTheStreamBehindItsNewestEntryOnceItHasCaughtUp() {
        at(0, 101);
        var newest = Promise.<Optional<Top>>promise();
        top = newest.future();
        var pass = consumer.runOnce();
        at(0, 103);
        newest.complete(Optional.of(new Top("300-0", Optional.empty())));
        assertTrue(pass.succeeded());
        for (int read = 0; read < 4; read++) {
            consumer.runOnce();
        }
        assertEquals(103, ((Consumed) news.get(6)).offset());
        assertEquals(0, ((Consumed) news.get(6)).healed());
        arrive(105);
        pass("read 300-0" + READ);
        pass("archive 104 16", "save 103-104 of [103] at 300-0, gaps 1");
        assertEquals(new Consumed("c", 0, 104, 1, 0, 1, 0, "at 104"), news.get(8));
    }

    @Test
    void doesNotNeedTheStreamToCatchUp() {
        at(0, 101);
        top = Future.failedFuture("Redis is away");
        pass("load", "behind 0", "top", "load");
        segmentsAtOnce = 1;
        pass("archive 1 16", "save 0-2 of [1] at 100-0");
    }

    @Test
    void readsTheStreamWhenItIsNotFarBehind() {
        begin(50, 150);
        pass("read 150-0" + READ, "last", "load");
    }

    private void readTenTimesAsMuchAsItMay() {
        for (long first = 1; first < 100; first += 10) {
            arrive(LongStream.range(first, first + 10).toArray());
            pass("read " + id(first - 1) + READ);
            consumer.runOnce();
        }
    }

    @Test
    void readsTheArchiveOnceItHasFallenFarBehind() {
        begin(0, 0);
        at(0, 201);
        readTenTimesAsMuchAsItMay();
        pass("load", "top", "load");
        archivedTo = 102;
        pass("archive 101 16", "save 100-102 of [101] at 200-0");
    }

    @Test
    void readsOnIfItHasNotFallenFarBehind() {
        begin(0, 0);
        at(0, 200);
        readTenTimesAsMuchAsItMay();
        pass("load");
        arrive(101);
        pass("read 200-0" + READ);
    }

    @Test
    void readsFromTheArchiveWhatIsTooLargeForTheStream() {
        begin(2, 6);
        arrive(List.of(entry(2, "{}"), entry(3, "{}"), entry(4, null), entry(5, "{}")), 0);
        pass("read 102-0" + READ);
        pass("archive 3 16", "save 2-5 of [3, 5] at 105-0, duplicates 1");
        assertEquals(new Consumed("c", 0, 5, 3, 1, 0, 0, "at 5"), news.get(0));
    }

    @Test
    void aLargeRecordThatWasAppliedAlreadyIsNotReadAgain() {
        begin(4, 6);
        arrive(List.of(entry(4, null)), 0);
        pass("read 104-0" + READ);
        arrive(5);
        pass("read 104-0" + READ);
        pass("save 4-5 of [5] at 105-0, duplicates 1");
    }

    @Test
    void looksWhetherItIsIdleWhenItIsTimeAndNotBefore() {
        begin(2, 6);
        arrive(3);
        pass("read 102-0" + READ);
        pass("save 2-3 of [3] at 103-0");
        now = IDLE.toNanos() - 1;
        arrive(1);
        pass("read 103-0" + READ);
        now = IDLE.toNanos();
        pass("last", "load");
        arrive(1);
        pass("read 101-0" + READ);
        now = 2 * IDLE.toNanos() - 1;
        arrive(1);
        pass("read 101-0" + READ);
        at(3, 8);
        now = 2 * IDLE.toNanos();
        pass("last", "load");
        pass("archive 4 16", "save 3-6 of [3, 5] at 101-0, duplicates 3, gaps 1");
    }

    @Test
    void isNotIdleWhenItHasMovedSinceItLastLooked() {
        begin(2, 6);
        pass("read 102-0" + READ, "last", "load");
        pass("archive 3 16", "save 2-6 of [3, 5] at 102-0, gaps 1");
        at(6, 8);
        pass("read 102-0" + READ, "last", "load");
        arrive(7);
        pass("read 102-0" + READ);
        pass("save 6-7 of [7] at 107-0");
        pass("read 107-0" + READ, "last", "load");
        pass("read 107-0" + READ, "last", "load");
        pass("archive 8 16", "save 7-8 of [7] at 107-0, gaps 1");
    }

    @Test
    void goesOnWhereSomebodyElseHasMovedTheCheckpoint() {
        begin(2, 6);
        at(4, 6);
        try (var lines = new LogCapture()) {
            pass("read 102-0" + READ, "last", "load", "behind 4");
            assertEquals(List.of(), lines.lines());
        }
        arrive(5);
        pass("read 104-0" + READ);
        pass("save 4-5 of [5] at 105-0");
    }

    @ParameterizedTest
    @CsvSource({"102-0, false", "101-9, true", ", true"})
    void startsOverWhenTheStreamBeginsAnewBelow(String last, boolean anew) {
        begin(2, 6);
        lastId = Future.succeededFuture(Optional.ofNullable(last));
        var expected = new ArrayList<>(List.of("read 102-0" + READ, "last", "load"));
        if (anew) {
            expected.add("behind 2");
        }
        pass(expected.toArray(String[]::new));
        arrive(3);
        at(2, 2);
        now = 0;
        archivedTo = 0;
        pass("archive 3 16", "load");
        pass("read " + (anew ? "0-0" : "102-0") + READ);
    }

    @Test
    void aStreamThatCannotBeLookedAtIsATroubleUntilItCan() {
        begin(2, 6);
        var failure = new IllegalStateException("Redis is away");
        lastId = Future.failedFuture(failure);
        pass("read 102-0" + READ, "last", "load");
        assertSame(failure, consumer.trouble());
        lastId = Future.succeededFuture(Optional.of("999-0"));
        pass("archive 3 16", "save 2-6 of [3, 5] at 102-0, gaps 1");
        assertSame(failure, consumer.trouble());
        pass("read 102-0" + READ, "last", "load");
        assertNull(consumer.trouble());
    }

    @Test
    void readsTheArchiveWhileTheStreamCannotBeRead() {
        begin(2, 6);
        now = 5;
        var failure = new IllegalStateException("Redis is away");
        var trial = Promise.<Read>promise();
        reads.add(Future.failedFuture(failure));
        reads.add(trial.future());
        pass("read 102-0" + READ);
        assertSame(failure, consumer.trouble());
        pass("read 102-0 1 PT0.001S", "load");
        pass("archive 3 16", "save 2-6 of [3, 5] at 102-0, gaps 1");
        assertEquals(Duration.ofMillis(1_001), result().result());
        now = IDLE.toNanos() + 4;
        assertEquals(Duration.ofMillis(1), result().result());
        now = IDLE.toNanos() + 5;
        at(6, 8);
        pass("load");
        pass("archive 7 16", "save 6-8 of [7] at 102-0, gaps 1");
        trial.fail(failure);
        assertEquals(Duration.ofMillis(1_001), result().result());
        now = 2 * IDLE.toNanos() + 5;
        pass("read 102-0 1 PT0.001S", "load");
        pass("read 102-0" + READ, "last", "load");
        assertNull(consumer.trouble());
    }

    /** The archive is read at once, not only after the time between two idle checks. */
    @Test
    void whoTakesThePlaceOfACrashedConsumerInheritsItsTrouble() {
        var failure = new IllegalStateException("Redis is away");
        troubles.note(Troubles.Part.READ_STREAM, Future.failedFuture(failure));
        consumer = consumer();
        begin(2, 6);
        assertSame(failure, consumer.trouble());
        reads.add(Future.failedFuture(failure));
        pass("read 102-0 1 PT0.001S", "load");
        pass("archive 3 16", "save 2-6 of [3, 5] at 102-0, gaps 1");
        assertEquals(Duration.ofMillis(1_001), result().result());
    }

    @Test
    void namesEntriesThatAreNotOfThisLog() {
        begin(2, 6);
        try (var lines = new LogCapture()) {
            arrive(List.of(entry(3, "{}")), 2);
            pass("read 102-0" + READ);
            pass("save 2-3 of [3] at 103-0");
            arrive(4);
            pass("read 103-0" + READ);
            assertEquals(
                    List.of("WARN rocketrides.consumer.StreamReader c ignores entries that are not of this log: 2"),
                    lines.lines());
        }
    }

    /** Asked twice, because somebody with the same name may have applied it, and retention deleted it, in between. */
    @ParameterizedTest
    @CsvSource({"6, 6", "3, 4"})
    void stopsWhenTheArchiveLacksARecordThatWasSealed(long head, long arrived) {
        begin(2, head);
        archivedTo = 0;
        arrive(arrived);
        pass("read 102-0" + READ);
        pass("archive 3 16", "load");
        arrive(arrived);
        pass("read " + id(arrived) + READ);
        var stopped = result("archive 3 16", "load").cause();
        assertTrue(stopped instanceof UnusableLogException);
        assertEquals(
                "c stopped: its checkpoint is 2, but log_segments does not hold offset 3 any more (the head is " + head
                        + ")",
                stopped.getMessage());
    }

    @Test
    void waitsForARecordThatWasNeverSealed() {
        begin(2, 2);
        archivedTo = 0;
        for (int i = 0; i < 3; i++) {
            reads.clear();
            arrive(4);
            consumer.runOnce();
            pass("archive 3 16", "load");
        }
    }

    @Test
    void aRecordThatIsLackingAtTimesIsNotLost() {
        begin(2, 6);
        for (int i = 0; i < 3; i++) {
            long offset = 2 + i;
            archivedTo = 0;
            arrive(6);
            pass("read " + (i == 0 ? "102-0" : "106-0") + READ);
            pass("archive " + (offset + 1) + " 16", "load");
            arrive(6);
            pass("read 106-0" + READ);
            at(offset + 1, 6);
            pass("archive " + (offset + 1) + " 16", "load");
        }
    }

    @Test
    void isRegisteredAnewWhenItsRowWentWhileTheArchiveLackedARecord() {
        begin(2, 6);
        archivedTo = 0;
        arrive(6);
        pass("read 102-0" + READ);
        stored = Future.succeededFuture(Optional.empty());
        pass("archive 3 16", "load", "register");
        pass("load", "register");
    }

    @Test
    void stopsWhenItsRowHasBeenDeleted() {
        begin(2, 6);
        stored = Future.succeededFuture(Optional.empty());
        var stopped = result("read 102-0" + READ, "last", "load").cause();
        assertTrue(stopped instanceof UnusableLogException);
        assertEquals("c stopped: its row in checkpoints has been deleted", stopped.getMessage());
    }

    @Test
    void loadsAnewWhenItsCheckpointWasElsewhere() {
        begin(2, 6);
        arrive(3);
        pass("read 102-0" + READ);
        saves.add(Future.succeededFuture(Saved.refused(Outcome.MOVED)));
        pass("save 2-3 of [3] at 103-0");
        assertEquals(List.of(), news);
        at(4, 6);
        pass("load", "behind 4");
    }

    @Test
    void looksAtTheStreamAtOnceWhenWhatItReadIsOfAnotherHistory() {
        begin(2, 6);
        arrive(3);
        pass("read 102-0" + READ);
        saves.add(Future.succeededFuture(Saved.refused(Outcome.OTHER_HISTORY)));
        pass("save 2-3 of [3] at 103-0");
        assertEquals(List.of(), news);
        try (var lines = new LogCapture()) {
            pass("load");
            assertEquals(List.of(), lines.lines(), "its checkpoint is where it was");
        }
        pass("last", "load");
    }

    @Test
    void aSaveThatFailedIsATroubleUntilOneWorks() {
        begin(2, 6);
        arrive(3);
        pass("read 102-0" + READ);
        var failure = new IllegalStateException("Postgres is away");
        saves.add(Future.failedFuture(failure));
        assertSame(failure, result("save 2-3 of [3] at 103-0").cause());
        assertSame(failure, consumer.trouble());
        pass("load", "behind 2");
        pass("read 102-0" + READ, "last", "load");
        assertSame(failure, consumer.trouble());
        arrive(3);
        pass("archive 3 16", "save 2-6 of [3, 5] at 102-0, gaps 1");
        assertNull(consumer.trouble());
    }

    @Test
    void aSaveThatFailedIsNoTroubleOnceNothingIsLeftToSave() {
        begin(2, 3);
        arrive(3);
        pass("read 102-0" + READ);
        saves.add(Future.failedFuture("the connection broke"));
        assertTrue(result("save 2-3 of [3] at 103-0").failed());
        at(3, 3);
        pass("load", "behind 3");
        assertFalse(consumer.trouble() == null);
        pass("read 103-0" + READ, "last", "load");
        assertNull(consumer.trouble());
    }

    @Test
    void aLoadThatFailedIsATroubleUntilOneWorks() {
        var failure = new IllegalStateException("Postgres is away");
        stored = Future.failedFuture(failure);
        assertSame(failure, result("load").cause());
        assertSame(failure, consumer.trouble());
        begin(2, 6);
        assertNull(consumer.trouble());
    }

    @Test
    void savesNothingWhenItDiesBeforeASave() {
        begin(2, 6);
        arrive(3);
        pass("read 102-0" + READ);
        dies = true;
        assertTrue(result().cause() instanceof SimulatedFailure);
        dies = false;
        pass("load", "behind 2");
    }
}
