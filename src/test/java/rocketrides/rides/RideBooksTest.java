package rocketrides.rides;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static rocketrides.testing.TestLog.await;

import io.vertx.core.Future;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import rocketrides.config.Settings.Delivery;
import rocketrides.runtime.Faults;
import rocketrides.status.Auditor;
import rocketrides.status.FullAudit;
import rocketrides.status.StatusReader;
import rocketrides.testing.TestLog;
import rocketrides.testing.TestRole;

/** Ten rides of 1 to 10 metres in blocks of four: six are consumed by consumer0, two are sealed, two are staged. */
class RideBooksTest {
    private TestLog log;
    private StatusReader reader;
    private Auditor auditor;

    @BeforeEach
    void start() {
        log = new TestLog(Delivery.AT_LEAST_ONCE);
        var pool = log.pool(TestRole.CONSUMER);
        var books = new RideBooks(new SumsStore(4, new SumsStore.LogBlock(4, 1 << 20)));
        reader = new StatusReader(pool, log.settings, books, () -> Future.succeededFuture(0L));
        auditor = new Auditor(books, pool, reader::read);
        log.stage(6);
        for (int segment = 0; segment < 3; segment++) {
            await(log.staged.seal(2));
        }
        log.relay(log.streamer(log.stream(), Faults.NONE, 2));
        log.consume(log.consumer("consumer0"), "consumer0");
        stage(7, 8);
        await(log.staged.seal(2));
        stage(9, 10);
    }

    @AfterEach
    void stop() {
        log.close();
    }

    private void stage(int from, int to) {
        log.sql("""
            WITH r AS (INSERT INTO rides (distance) SELECT g FROM generate_series($1::int, $2::int) g
                       RETURNING id, distance)
            INSERT INTO staged_log_records (action, object, data)
            SELECT 'create', 'ride', jsonb_build_object('id', id, 'distance', distance) FROM r ORDER BY id""", from, to);
    }

    @Test
    void balancesWhileRidesAreOnTheirWay() {
        assertUnaccounted(0, "0.000");
        assertEquals(8, log.number("SELECT sum(rides) FROM ride_sums"));
        assertEquals(4, log.number("SELECT sum(rides) FROM log_sums"));
    }

    @Test
    void balancesForAConsumerThatHasReadNothingYet() {
        log.sql(
                "INSERT INTO checkpoints (name, projection, last_offset) VALUES ('consumer1', 'total_distance', 0), ('consumer2', 'total_distance', 1)");
        log.sql("INSERT INTO total_distances VALUES ('consumer2', 1, 1)");
        assertUnaccounted(0, "0.000");
    }

    @Test
    void balancesWithoutAConsumer() {
        log.sql("TRUNCATE checkpoints, total_distances");
        assertUnaccounted(0, "0.000");
        log.sql("DELETE FROM log_segments WHERE first_offset = 3");
        assertUnaccounted(2, "7.000");
    }

    /** Broken: retention has deleted the beginning of the log, and then the only consumer was removed. */
    @Test
    void balancesWithoutAConsumerWhenRetentionHasDeletedSomething() {
        log.sql("UPDATE log_segments SET sealed_at = now() - interval '1 day' WHERE first_offset = 1");
        assertEquals(1, await(log.store.retain(Duration.ofHours(1))));
        log.sql("TRUNCATE checkpoints, total_distances");
        assertUnaccounted(0, "0.000");
    }

    @Test
    void findsARideThatWasDeleted() {
        assertUnaccounted(0, "0.000");
        log.sql("DELETE FROM rides WHERE distance = 2");
        assertUnaccountedWithin(2, -1, "-2.000");
        assertUnaccounted(-1, "-2.000");
    }

    @Test
    void findsARideThatWasChangedByAMillimetre() {
        assertUnaccounted(0, "0.000");
        log.sql("UPDATE rides SET distance = distance + 0.001 WHERE id = 5");
        assertUnaccountedWithin(2, 0, "0.001");
        log.sql("UPDATE rides SET distance = distance - 0.001 WHERE id IN (5, 10)");
        assertUnaccountedWithin(2, 0, "-0.001");
    }

    @Test
    void findsATotalThatIsOffByAMillimetre() {
        log.sql("UPDATE total_distances SET total_distance = total_distance - 0.001");
        assertUnaccounted(0, "0.001");
    }

    @Test
    void findsARideThatWasCountedTwice() {
        log.sql("UPDATE total_distances SET rides = rides + 1, total_distance = total_distance + 3");
        assertUnaccounted(-1, "-3.000");
    }

    @Test
    void findsAStagedRecordThatWasLost() {
        log.sql("DELETE FROM staged_log_records WHERE data ->> 'distance' = '9.000'");
        assertUnaccounted(1, "9.000");
    }

    @Test
    void countsStagedRecordsAtOrBelowTheFloor() {
        log.sql("UPDATE log_head SET floor = (SELECT max(id) FROM staged_log_records)");
        assertUnaccounted(0, "0.000");
    }

    @Test
    void findsALostSegmentThatSomebodyHasStillToRead() {
        log.sql("INSERT INTO checkpoints (name, projection, last_offset) VALUES ('consumer1', 'total_distance', 0)");
        assertUnaccounted(0, "0.000");
        log.sql("DELETE FROM log_segments WHERE first_offset = 3");
        assertUnaccountedWithin(2, 2, "7.000");
    }

    @Test
    void countsNothingForRecordsThatConsumersRejectOrIgnore() {
        log.stageRaw("create", "ride", "{\"distance\": -4}");
        log.stageRaw("create", "ride", "{\"distance\": \"4\"}");
        log.stageRaw("create", "ride", "[4]");
        log.stageRaw("delete", "ride", "{\"distance\": 4}");
        assertUnaccounted(0, "0.000");
        log.relay(log.streamer(log.stream(), Faults.NONE, 3));
        assertUnaccounted(0, "0.000");
        log.consume(log.consumer("consumer0"), "consumer0");
        assertUnaccounted(0, "0.000");
        assertEquals(3, log.number("SELECT rejected FROM checkpoints"));
    }

    @Test
    void knowsWhatRetentionDeletedBeforeAConsumerCame() {
        log.relay(log.streamer(log.stream(), Faults.NONE, 2));
        log.consume(log.consumer("consumer0"), "consumer0");
        log.sql("UPDATE log_segments SET sealed_at = now() - interval '1 day' WHERE first_offset < 6");
        assertEquals(3, await(log.store.retain(Duration.ofHours(1))));
        log.consume(log.consumer("late"), "late");
        assertUnaccounted(0, "0.000");
        assertEquals(0, new BigDecimal(21).compareTo(missed()), "the distance that it never saw");
        log.sql("UPDATE total_distances SET total_distance = total_distance + 0.001 WHERE consumer = 'late'");
        assertUnaccounted(0, "-0.001");
    }

    private BigDecimal missed() {
        return log.row("SELECT missed_distance FROM total_distances WHERE consumer = 'late'")
                .getBigDecimal(0);
    }

    @Test
    void aBlockOfTheLogIsLimitedInBytes() {
        await(log.staged.seal(2));
        for (int segment = 0; segment < 4; segment++) {
            log.sql("""
                WITH r AS (INSERT INTO rides (distance) VALUES (5) RETURNING distance)
                INSERT INTO staged_log_records (action, object, data)
                SELECT 'create', 'ride', jsonb_build_object('distance', distance, 'pad', repeat('x', 600000)) FROM r""");
            await(log.staged.seal(1));
        }
        assertUnaccounted(0, "0.000");
        assertEquals(
                "1-4, 5-8, 9-11, 12-12, 13-13",
                log.row(
                                "SELECT string_agg(first_offset || '-' || last_offset, ', ' ORDER BY first_offset) FROM log_sums")
                        .getString(0));
        log.sql("INSERT INTO checkpoints (name, projection, last_offset) VALUES ('consumer1', 'total_distance', 0)");
        assertUnaccounted(0, "0.000");
    }

    @Test
    void doesNotAddUpRidesThatMayStillBeFollowedByLowerIds() {
        log.sql("TRUNCATE ride_sums");
        var writer = log.hold("INSERT INTO rides (distance) VALUES (100)");
        stage(11, 20);
        await(auditor.runOnce());
        assertEquals(0, log.number("SELECT count(*) FROM ride_sums"));
        writer.close();
        await(auditor.runOnce());
        assertEquals(5, log.number("SELECT count(*) FROM ride_sums"));
        assertUnaccounted(0, "0.000");
    }

    @Test
    void gapsBetweenIdsCostNothing() {
        log.sql("SELECT setval('rides_id_seq', 9007199254740992)");
        stage(11, 11);
        assertUnaccounted(0, "0.000");
        assertEquals(2, log.number("SELECT count(*) FROM ride_sums"));
        stage(12, 15);
        assertUnaccounted(0, "0.000");
        assertEquals(3, log.number("SELECT count(*) FROM ride_sums"));
        assertEquals(12, log.number("SELECT sum(rides) FROM ride_sums"));
    }

    @Test
    void countsRidesWhoseIdsASequenceGaveOutAgain() {
        log.sql("SELECT setval('rides_id_seq', 20)");
        stage(11, 14);
        assertUnaccounted(0, "0.000");
        assertEquals(22, log.number("SELECT max(upto_id) FROM ride_sums"));
        log.sql("SELECT setval('rides_id_seq', 12, false)");
        stage(15, 16);
        assertEquals(List.of(), await(reader.read()).disagreeing(), "before the auditor's next pass");
        assertUnaccounted(0, "0.000");
        log.sql("SELECT setval('rides_id_seq', 30)");
        stage(17, 18);
        assertUnaccounted(0, "0.000");
        assertEquals(16, log.number("SELECT sum(rides) FROM ride_sums"));
    }

    @Test
    void beginsAnewWithALogThatWasEmptied() {
        assertUnaccounted(0, "0.000");
        log.sql("TRUNCATE rides, staged_log_records, log_segments, checkpoints, total_distances RESTART IDENTITY");
        log.sql("UPDATE log_head SET next_offset = 1, floor = 0");
        log.sql("UPDATE log_cursor SET published = 0");
        log.stage(5);
        await(log.staged.seal(3));
        assertUnaccounted(0, "0.000");
        assertEquals(1, log.number("SELECT count(*) FROM ride_sums"));
        log.sql("TRUNCATE rides, staged_log_records, log_segments RESTART IDENTITY");
        log.sql("UPDATE log_head SET next_offset = 1, floor = 0");
        assertUnaccounted(0, "0.000");
        assertEquals(0, log.number("SELECT (SELECT count(*) FROM log_sums) + (SELECT count(*) FROM ride_sums)"));
    }

    /** Broken: a writer that changes no number of the sequence comes while an earlier one is waited for. */
    @Test
    void doesNotWaitForWritersThatCameLater() {
        var earlier = log.hold("INSERT INTO rides (distance) VALUES (100)");
        await(auditor.runOnce());
        var later = log.hold("DELETE FROM rides WHERE false");
        earlier.close();
        await(auditor.runOnce());
        assertEquals(2, log.number("SELECT count(*) FROM ride_sums"));
        later.close();
    }

    @Test
    void checksEverythingAnew() {
        log.sql("INSERT INTO checkpoints (name, projection, last_offset) VALUES ('other', 'revenue', 3)");
        assertEquals(
                List.of(
                        "offsets true",
                        "segments true",
                        "rides true 0 not in the log, 0 in the log only, 0 with another distance, 0 in it again",
                        "consumer0 true 6 rides, 21.000 m at offset 6, and 4 rides, 34.000 m to come; the rides table has 10, 55.000 m",
                        "other true at offset 3; the state of its projection, revenue, is not checked"),
                findings());
        log.sql("UPDATE rides SET distance = 3.5 WHERE id = 3");
        log.sql("DELETE FROM rides WHERE id = 4");
        log.sql("INSERT INTO rides (distance) VALUES (1), (2)");
        var wrong = findings();
        assertEquals(
                "rides false 2 not in the log, 1 in the log only, 1 with another distance, 0 in it again",
                wrong.get(2));
        assertTrue(wrong.get(3).startsWith("consumer0 false 6 rides, 21.000 m"), wrong.get(3));
    }

    /** Without the details of what is not about the books. */
    private List<String> findings() {
        return await(FullAudit.run(log.pool(TestRole.MONITORING), new RideBooks(), begun -> {})).stream()
                .map(found -> found.check() + " " + found.right()
                        + (List.of("offsets", "segments").contains(found.check()) ? "" : " " + found.detail()))
                .toList();
    }

    private void assertUnaccounted(long rides, String distance) {
        assertUnaccountedWithin(1, rides, distance);
    }

    /** A change of what was added up already is found when its block's turn has come. */
    private void assertUnaccountedWithin(int passes, long rides, String distance) {
        for (int i = 1; i < passes; i++) {
            await(auditor.runOnce());
        }
        var found = await(auditor.runOnce());
        assertEquals(
                "rides=" + rides + ", total_distance=" + distance + "m",
                found.unaccounted().toString());
        assertEquals(rides == 0 && distance.equals("0.000"), found.balanced());
    }
}
