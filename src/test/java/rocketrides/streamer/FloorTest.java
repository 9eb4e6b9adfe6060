package rocketrides.streamer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static rocketrides.testing.Eventually.eventually;
import static rocketrides.testing.TestLog.await;
import static rocketrides.testing.TestLog.onContext;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import rocketrides.config.Settings.Delivery;
import rocketrides.runtime.Faults;
import rocketrides.testing.TestLog;

class FloorTest {
    private final TestLog log = new TestLog(Delivery.AT_LEAST_ONCE);

    @AfterEach
    void close() {
        log.close();
    }

    /** Broken: the log's very first record is staged between sample and raise, and commits afterwards. Not lost. */
    @Test
    void staysBelowTheFirstRecordOfAll() {
        var floor = new Floor(log.staged);
        await(floor.runOnce());
        var connection = await(log.pool.getConnection());
        var transaction = await(connection.begin());
        await(connection
                .query("INSERT INTO staged_log_records (action, object, data) VALUES ('create', 'ride', '{}')")
                .execute());
        await(floor.runOnce());
        await(transaction.commit());
        await(connection.close());
        log.relay(log.streamer(log.stream(), Faults.NONE, 10));
        assertEquals(0, log.number("SELECT count(*) FROM staged_log_records"));
        assertEquals(1, log.number("SELECT next_offset - 1 FROM log_head"));
    }

    /** Broken: the sequence is set back below the floor. Must hold: what is booked then is sealed. */
    @Test
    void followsASequenceThatIsSetBack() {
        var floor = new Floor(log.staged);
        raiseTo(7, floor);

        log.sql("SELECT setval('staged_log_records_id_seq', coalesce(max(id), 1)) FROM staged_log_records");
        log.stage(2);
        assertEquals(List.of(), await(log.staged.seal(10)), "they are below the floor");
        tendUntilSealed(9, floor);
        runTwice(floor);
        assertEquals(3, log.number("SELECT floor FROM log_head"));
    }

    /** Broken: the same, and ids above the floor are given out again before anybody looks. */
    @Test
    void findsWhatIsStagedBelowItAlthoughTheSequenceHasRisenAgain() {
        var nanos = new AtomicLong();
        var floor = new Floor(log.staged, nanos::get, Duration.ofSeconds(10));
        raiseTo(7, floor);

        log.sql("SELECT setval('staged_log_records_id_seq', 3)");
        log.stage(6);
        runTwice(floor);
        sealAll();
        assertEquals(4, log.number("SELECT count(*) FROM staged_log_records"), "those below the floor");

        nanos.addAndGet(Duration.ofSeconds(10).toNanos());
        tendUntilSealed(13, floor);
        assertEquals(0, log.number("SELECT count(*) FROM staged_log_records"));
    }

    /** Broken: a sample is taken, and the sequence set back below it. Must hold: the floor is not raised by it. */
    @Test
    void doesNotRiseByASampleFromBeforeTheSequenceWasSetBack() {
        log.stage(7);
        sealAll();
        var sample = await(log.staged.sampleFloor());
        log.sql("TRUNCATE staged_log_records RESTART IDENTITY");
        await(log.staged.raiseFloor(sample));
        assertEquals(0, log.number("SELECT floor FROM log_head"));
    }

    /** Broken: the session that a sample is bound to ends. Must hold: a new sample is taken on another session. */
    @Test
    void goesOnWithAnotherSessionWhenItsOwnHasEnded() {
        var sample = await(onContext(log.vertx, log.staged::sampleFloor));
        endTheFloorsSession();
        assertThrows(Exception.class, () -> await(onContext(log.vertx, () -> log.staged.raiseFloor(sample))));
        await(onContext(log.vertx, log.staged::sampleFloor));
        endTheFloorsSession();
        assertThrows(Exception.class, () -> await(onContext(log.vertx, log.staged::sampleFloor)));
        var next = await(onContext(log.vertx, log.staged::sampleFloor));
        assertTrue(await(onContext(log.vertx, () -> log.staged.raiseFloor(next))));
    }

    private void endTheFloorsSession() {
        assertEquals(
                1,
                log.number("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                        + " WHERE query LIKE '%FROM pg_locks%' AND pid <> pg_backend_pid()"
                        + " AND datname = current_database()"));
    }

    @Test
    void isLoweredOnlyIfIdsBelowItMayCome() {
        raiseTo(7, new Floor(log.staged));
        assertFalse(await(log.staged.lowerFloor()));
        log.sql("SELECT setval('staged_log_records_id_seq', 3)");
        assertTrue(await(log.staged.lowerFloor()));
        assertEquals(0, log.number("SELECT floor FROM log_head"));
    }

    @ParameterizedTest
    @CsvSource({
        "CACHE 20, INCREMENT 1; CACHE 20 and NO CYCLE",
        "INCREMENT -1, INCREMENT -1; CACHE 1 and NO CYCLE",
        "CYCLE, INCREMENT 1; CACHE 1 and CYCLE"
    })
    void isNotRaisedByASequenceThatMayGiveOutLowerIdsLater(String setting, String found) {
        log.sql("ALTER SEQUENCE staged_log_records_id_seq START 100 RESTART " + setting);
        var refused = assertThrows(IllegalStateException.class, () -> await(log.staged.sampleFloor()));
        assertTrue(refused.getMessage().contains(" has " + found.replace(";", ",") + ", so"), refused.getMessage());
        assertTrue(refused.getMessage().contains("ALTER SEQUENCE"), refused.getMessage());
    }

    private void raiseTo(int records, Floor floor) {
        log.stage(records);
        sealAll();
        runTwice(floor);
        assertEquals(records, log.number("SELECT floor FROM log_head"));
    }

    private static void runTwice(Floor floor) {
        await(floor.runOnce());
        await(floor.runOnce());
    }

    /** As the streamer does, which does not wait for a look below the floor. */
    private void tendUntilSealed(long head, Floor floor) {
        eventually("the head is " + head, () -> {
            await(floor.runOnce());
            sealAll();
            return log.number("SELECT next_offset - 1 FROM log_head") == head;
        });
    }

    private void sealAll() {
        while (!await(log.staged.seal(10)).isEmpty()) {
            continue;
        }
    }
}
