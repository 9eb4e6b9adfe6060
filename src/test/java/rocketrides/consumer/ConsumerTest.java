package rocketrides.consumer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static rocketrides.runtime.Faults.Point.CONSUMER_BEFORE_SAVE;
import static rocketrides.runtime.Faults.Point.STREAMER_AFTER_PUBLISH;
import static rocketrides.testing.Eventually.eventually;
import static rocketrides.testing.TestLog.await;

import io.vertx.core.Future;
import io.vertx.redis.client.Command;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import rocketrides.config.Settings.Delivery;
import rocketrides.log.RedisLogStream;
import rocketrides.log.UnusableLogException;
import rocketrides.rides.TotalDistance;
import rocketrides.runtime.Faults;
import rocketrides.runtime.Faults.SimulatedFailure;
import rocketrides.servers.RedisClient;
import rocketrides.testing.LogCapture;
import rocketrides.testing.TestLog;
import rocketrides.testing.TestRole;

class ConsumerTest {
    private TestLog log;

    @AfterEach
    void close() {
        log.close();
    }

    private void assertCorrect(String name) {
        assertEquals(log.ridesTotal(), log.total(name));
        assertEquals(
                log.number("SELECT count(*) FROM rides"),
                log.number("SELECT rides FROM total_distances WHERE consumer = $1", name));
    }

    private long counter(String column, String name) {
        return log.number("SELECT " + column + " FROM checkpoints WHERE name = $1", name);
    }

    @ParameterizedTest
    @EnumSource
    void keepsTheTotalOfAllRides(Delivery delivery) {
        log = new TestLog(delivery);
        log.stageAndRelay(25);
        log.consume(log.consumer("consumer0"), "consumer0");
        assertCorrect("consumer0");
        assertEquals(new BigDecimal("325.000"), log.total("consumer0"));
        assertEquals(0, counter("duplicates_skipped", "consumer0"));
        assertEquals(0, counter("gaps_healed", "consumer0"));
    }

    @Test
    void goesOnFromItsCheckpoint() {
        log = new TestLog(Delivery.AT_LEAST_ONCE);
        log.stageAndRelay(5);
        log.consume(log.consumer("consumer0"), "consumer0");
        log.stageAndRelay(5);
        log.consume(log.consumer("consumer0"), "consumer0");
        assertCorrect("consumer0");
        assertEquals(0, counter("duplicates_skipped", "consumer0"));
    }

    /** Broken: the streamer dies between publish and mark, so records are sent twice. Must hold: counted once. */
    @Test
    void skipsDoubleSentRecords() {
        log = new TestLog(Delivery.AT_LEAST_ONCE);
        log.stage(5);
        var strikes = new AtomicInteger(2);
        var streamer = log.streamer(
                log.stream(), Faults.scripted(p -> p == STREAMER_AFTER_PUBLISH && strikes.getAndDecrement() > 0), 10);
        assertThrows(SimulatedFailure.class, () -> log.relay(streamer));
        assertThrows(SimulatedFailure.class, () -> log.relay(streamer));
        log.relay(streamer);
        assertEquals(15, log.streamedOffsets().size());
        log.consume(log.consumer("consumer0"), "consumer0");
        assertCorrect("consumer0");
        log.stageAndRelay(1);
        log.consume(log.consumer("consumer0"), "consumer0");
        assertCorrect("consumer0");
        assertEquals(10, counter("duplicates_skipped", "consumer0"));
    }

    /** Broken: the consumer dies after computing and before the commit. Must hold: nothing saved; then counted once. */
    @Test
    void savesNothingWhenItDiesBeforeTheSave() {
        log = new TestLog(Delivery.AT_LEAST_ONCE);
        log.stageAndRelay(5);
        var dying = log.consumer("consumer0", Faults.scripted(p -> p == CONSUMER_BEFORE_SAVE));
        assertThrows(SimulatedFailure.class, () -> log.consume(dying, "consumer0"));
        assertEquals(BigDecimal.ZERO, log.total("consumer0"));
        assertEquals(0, counter("last_offset", "consumer0"));
        log.consume(log.consumer("consumer0"), "consumer0");
        assertCorrect("consumer0");
    }

    /** Broken: Redis forgets everything, and nothing comes after. Must hold: the idle check notices. */
    @ParameterizedTest
    @EnumSource
    void healsAfterAFlushThatNothingFollows(Delivery delivery) {
        log = new TestLog(delivery);
        log.stageAndRelay(5);
        var consumer = log.consumer("consumer0");
        log.consume(consumer, "consumer0");
        log.stageAndRelay(20);
        log.redis(Command.FLUSHALL);
        log.consume(consumer, "consumer0");
        assertCorrect("consumer0");
        assertEquals(1, counter("gaps_healed", "consumer0"));
    }

    /** Broken: Redis forgets everything between two segments. Must hold: the gap is read from the archive first. */
    @ParameterizedTest
    @EnumSource
    void healsAGapBeforeWhatFollowsIt(Delivery delivery) {
        log = new TestLog(delivery);
        log.stageAndRelay(5);
        log.redis(Command.FLUSHALL);
        log.stageAndRelay(5);
        log.redis(Command.FLUSHALL);
        log.stageAndRelay(5);
        log.consume(log.consumer("consumer0"), "consumer0");
        assertCorrect("consumer0");
        assertEquals(1, counter("gaps_healed", "consumer0"));
    }

    /** Broken: the stream is trimmed far behind a slow consumer. Must hold: it reads segments until it has caught up. */
    @ParameterizedTest
    @EnumSource
    void readsTheArchiveWhenTheStreamWasTrimmed(Delivery delivery) {
        log = new TestLog(delivery);
        log.stageAndRelay(500);
        log.redis(Command.XTRIM, log.settings.stream(), "MAXLEN", 10);
        log.consume(log.consumer("consumer0"), "consumer0");
        assertCorrect("consumer0");
    }

    /** Broken: the stream loses its tail, as a Redis that comes back from an older AOF does. Must hold: nothing missed. */
    @ParameterizedTest
    @EnumSource
    void healsALostTail(Delivery delivery) {
        log = new TestLog(delivery);
        log.stageAndRelay(10);
        var entries = log.redis(Command.XRANGE, log.settings.stream(), "-", "+");
        for (int i = 5; i < 10; i++) {
            log.redis(Command.XDEL, log.settings.stream(), entries.get(i).get(0));
        }
        log.stageAndRelay(3);
        log.consume(log.consumer("consumer0"), "consumer0");
        assertCorrect("consumer0");
    }

    /** Broken: two processes run a consumer of one name. Must hold: one of them applies each record, not both. */
    @Test
    void twoConsumersOfOneNameCountEverythingOnce() {
        log = new TestLog(Delivery.AT_LEAST_ONCE);
        log.stageAndRelay(5);
        var twin0 = log.consumer("consumer0");
        var twin1 = log.consumer("consumer0");
        for (int round = 0; round < 30; round++) {
            log.stageAndRelay(3);
            await(Future.join(twin0.runOnce(), twin1.runOnce()));
        }
        log.consume(twin0, "consumer0");
        assertCorrect("consumer0");
        log.consume(twin1, "consumer0");
        assertCorrect("consumer0");
    }

    @Test
    void independentConsumersReachTheSameCorrectTotal() {
        log = new TestLog(Delivery.AT_LEAST_ONCE);
        log.stageAndRelay(12);
        log.consume(log.consumer("consumer0"), "consumer0");
        log.stageAndRelay(12);
        log.consume(log.consumer("consumer1"), "consumer1");
        log.consume(log.consumer("consumer0"), "consumer0");
        assertCorrect("consumer0");
        assertCorrect("consumer1");
    }

    @Test
    void setsAsideWhatItCannotRead() {
        log = new TestLog(Delivery.AT_LEAST_ONCE);
        log.stage(1);
        log.stageRaw("create", "ride", "{\"id\": 1}");
        log.stageRaw("create", "ride", "{\"id\": 2, \"distance\": \"far\"}");
        log.stageRaw("create", "ride", "{\"id\": 3, \"distance\": -1}");
        log.stageRaw("delete", "ride", "{\"id\": 3}");
        log.stageAndRelay(2);
        log.consume(log.consumer("consumer0"), "consumer0");
        assertCorrect("consumer0");
        assertEquals(3, counter("rejected", "consumer0"));
        assertEquals(
                "\"distance\" is -1, must be greater than 0",
                log.row("SELECT reason FROM rejected_records WHERE consumer = 'consumer0' AND \"offset\" = 4")
                        .getString(0));
    }

    @Test
    void ignoresEntriesThatAreNotOfThisLog() {
        log = new TestLog(Delivery.AT_LEAST_ONCE);
        log.redis(Command.XADD, log.settings.stream(), "*", "hello", "world");
        log.redis(Command.XADD, log.settings.stream(), "*", "offset", "1", "segment", "x", "tag", "y");
        log.stageAndRelay(2);
        log.consume(log.consumer("consumer0"), "consumer0");
        assertCorrect("consumer0");
    }

    /**
     * Broken: Postgres comes back without segment 4–6, and gives its offsets to other rides; Redis still has the first
     * ones. Must hold: what is saved is this history only.
     */
    @ParameterizedTest
    @EnumSource
    void neverMixesTwoHistories(Delivery delivery) {
        log = new TestLog(delivery);
        log.stageAndRelay(3);
        var consumer = log.consumer("consumer0");
        log.consume(consumer, "consumer0");
        log.stageAndRelay(3);
        log.sql("DELETE FROM log_segments WHERE first_offset = 4");
        log.sql("DELETE FROM rides WHERE id > 3");
        log.sql("UPDATE log_head SET next_offset = 4, floor = 0");
        log.sql("UPDATE log_cursor SET published = 3");
        await(consumer.runOnce());
        log.stageAndRelay(4);
        log.consume(consumer, "consumer0");
        assertCorrect("consumer0");
        var late = log.consumer("consumer1");
        log.consume(late, "consumer1");
        assertCorrect("consumer1");
    }

    /** Broken: Postgres comes back as it was some seconds ago. Must hold: the consumer goes on from there, and says so. */
    @Test
    void saysLoudlyThatItsCheckpointWentBack() {
        log = new TestLog(Delivery.AT_LEAST_ONCE);
        log.stageAndRelay(3);
        var consumer = log.consumer("consumer0");
        log.consume(consumer, "consumer0");
        try (var lines = new LogCapture()) {
            log.sql("UPDATE checkpoints SET last_offset = 2");
            log.sql("UPDATE total_distances SET rides = 2, total_distance = 3");
            log.consume(consumer, "consumer0");
            assertEquals(
                    1,
                    lines.lines().stream()
                            .filter(line -> line.startsWith("ERROR") && line.contains("went back from 3 to 2"))
                            .count(),
                    () -> lines.lines().toString());
        }
        assertCorrect("consumer0");
    }

    /** Broken: Redis is away for good. Must hold: the archive is read instead. */
    @Test
    void goesOnWithoutRedis() {
        log = new TestLog(Delivery.AT_LEAST_ONCE);
        log.stageAndRelay(3);
        var nowhere = new RedisClient(log.vertx, "redis://127.0.0.1:1", Optional.empty(), "stream").hold();
        var consumer = log.consumer("consumer0", Faults.NONE, new RedisLogStream(nowhere, log.settings));
        eventually("a record is counted", () -> {
            await(consumer.runOnce().otherwiseEmpty());
            return log.total("consumer0").signum() > 0;
        });
        assertCorrect("consumer0");
    }

    /** Far behind, the archive is faster. What is read there by choice is no gap, and what the stream has is not read twice. */
    @ParameterizedTest
    @EnumSource
    void catchesUpFromTheArchiveWhenItIsFarBehind(Delivery delivery) {
        log = new TestLog(delivery);
        for (int i = 0; i < 12; i++) {
            log.stage(1_000);
            log.relay(log.streamer(log.stream(), Faults.NONE, 1_000));
        }
        log.consume(log.consumer("late"), "late");
        log.stageAndRelay(3);
        log.consume(log.consumer("late"), "late");
        assertCorrect("late");
        assertEquals(0, log.number("SELECT gaps_healed + duplicates_skipped FROM checkpoints WHERE name = 'late'"));
    }

    /** Broken: somebody deleted segments that a consumer still needs. Must hold: it stops and says so. */
    @Test
    void stopsLoudlyWhenItsPlaceInTheLogIsGone() {
        log = new TestLog(Delivery.AT_LEAST_ONCE);
        log.stageAndRelay(3);
        var consumer = log.consumer("consumer0");
        await(consumer.runOnce());
        log.sql("DELETE FROM log_segments");
        log.redis(Command.FLUSHALL);
        var failure = assertThrows(UnusableLogException.class, () -> log.consume(consumer, "consumer0"));
        assertTrue(failure.getMessage().contains("does not hold offset 1"), failure::getMessage);
    }

    /** Must hold: retention deletes only what is old, published and behind every checkpoint. */
    @Test
    void retentionWaitsForTheSlowestConsumer() {
        log = new TestLog(Delivery.AT_LEAST_ONCE);
        for (int segment = 0; segment < 3; segment++) {
            log.stageAndRelay(10);
        }
        log.sql("UPDATE log_segments SET sealed_at = now() - interval '8 days'");
        await(log.consumer("slow").runOnce());
        log.consume(log.consumer("consumer0"), "consumer0");
        assertEquals(0, await(log.store.retain(Duration.ofDays(7))));
        log.consume(log.consumer("slow"), "slow");
        assertEquals(2, await(log.store.retain(Duration.ofDays(7))));
        assertEquals(1, log.number("SELECT count(*) FROM log_segments"));
        log.stageAndRelay(5);
        log.consume(log.consumer("slow"), "slow");
        assertCorrect("slow");
    }

    /** A save that names a segment of another history changes nothing, whatever the projection does. */
    @Test
    void refusesASaveFromAnotherHistoryAsAWhole() {
        log = new TestLog(Delivery.AT_LEAST_ONCE);
        log.stageAndRelay(3);
        var checkpoints =
                new PostgresCheckpoints(log.pool(TestRole.CONSUMER), Instance.of("consumer0"), new TotalDistance());
        await(checkpoints.register());
        var segment = new rocketrides.log.SegmentId(1, UUID.randomUUID());
        var records = await(log.store.read(1, 1)).get(0).records(1, 3);
        var batch = new Checkpoints.Batch(0, 3, "0-0", java.util.List.of(segment), records, 0, 0);
        assertEquals(
                Checkpoints.Saved.Outcome.OTHER_HISTORY,
                await(checkpoints.save(batch)).outcome());
        assertEquals(BigDecimal.ZERO, log.total("consumer0"));
        assertEquals(0, counter("last_offset", "consumer0"));
    }

    /** A large record has no data in the stream. Must hold: it is applied like any other, in order, and is no gap. */
    @ParameterizedTest
    @EnumSource
    void readsLargeRecordsFromTheArchive(Delivery delivery) {
        log = new TestLog(delivery);
        log.stage(2);
        var pad = "x".repeat(5_000);
        log.sql(
                "WITH r AS (INSERT INTO rides (distance) VALUES (7)) INSERT INTO staged_log_records (action, object, data)"
                        + " VALUES ('create', 'ride', jsonb_build_object('distance', 7, 'pad', $1::text))",
                pad);
        log.stage(3);
        log.relay(log.streamer(log.stream(), Faults.NONE, 10));
        var longest = log.redis(Command.XRANGE, log.settings.stream(), "-", "+").stream()
                .mapToInt(entry -> entry.get(1).toString().length())
                .max();
        assertTrue(longest.getAsInt() < 500, "the stream is without it");

        log.consume(log.consumer("consumer0"), "consumer0");

        assertEquals(log.ridesTotal(), log.total("consumer0"));
        assertEquals(
                0,
                log.number("SELECT duplicates_skipped + gaps_healed + rejected FROM checkpoints"),
                "nothing special");
    }

    /** Must hold: what is noted about a record that makes no sense is short, however long the record is. */
    @Test
    void notesAShortReasonForALongRecordThatMakesNoSense() {
        log = new TestLog(Delivery.AT_LEAST_ONCE);
        log.sql(
                "INSERT INTO staged_log_records (action, object, data)"
                        + " VALUES ('create', 'ride', ('{\"distance\": -' || repeat('1', 900) || '.' || repeat('1', 900) || '}')::jsonb)");
        log.relay(log.streamer(log.stream(), Faults.NONE, 10));
        log.consume(log.consumer("consumer0"), "consumer0");
        assertTrue(log.number("SELECT length(reason) FROM rejected_records") <= 1_000);
    }
}
