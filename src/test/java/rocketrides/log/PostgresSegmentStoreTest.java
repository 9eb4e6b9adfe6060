package rocketrides.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static rocketrides.testing.TestLog.await;

import io.vertx.pgclient.PgException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import rocketrides.config.Settings.Delivery;
import rocketrides.testing.TestLog;

/** Whatever the size of a record, of a batch and of the past: a statement has a limit, and the log goes on. And what it answers. */
class PostgresSegmentStoreTest {
    private static final int MIB = 1 << 20;

    private final TestLog log = new TestLog(Delivery.AT_LEAST_ONCE);

    @AfterEach
    void close() {
        log.close();
    }

    /** Records whose data has {@code size} bytes: {"a": "…"}. */
    private void stage(int count, int size) {
        log.sql("""
            INSERT INTO staged_log_records (action, object, data)
            SELECT 'create', 'thing', jsonb_build_object('a', repeat('x', $2 - 9)) FROM generate_series(1, $1::int)""", count, size);
    }

    private List<Integer> sealAll(int limit) {
        var sizes = new ArrayList<Integer>();
        for (var made = await(log.staged.seal(limit)); !made.isEmpty(); made = await(log.staged.seal(limit))) {
            sizes.add(made.get(0).count());
        }
        return sizes;
    }

    @Test
    void sealsAsManyAsFitIntoASegmentInOrder() {
        stage(2, 100);
        stage(5, MIB);
        stage(3, 100);
        stage(1, MIB / 2);

        assertEquals(List.of(5, 6), sealAll(10_000), "2 small and 3 of 1 MiB fit into 4 MiB, 4 do not");

        assertEquals(
                List.of(100, 100, MIB, MIB, MIB, MIB, MIB, 100, 100, 100, MIB / 2),
                records().map(record -> record.data().length()).toList());
    }

    /** A client that hangs while it reads more than the buffers of its connection would hold the lock of the head. */
    @Test
    void aSealReturnsSmallSegmentsAsTheStoreHasThem() {
        int line = "create\tthing\t".length();
        stage(1, PostgresStagedRecords.MOST_RETURNED - line);
        var small = await(log.staged.seal(1)).get(0);
        assertEquals(await(log.store.unpublished(1)), List.of(small.content().orElseThrow()));
        assertTrue(small.next());
        stage(1, PostgresStagedRecords.MOST_RETURNED - line + 1);
        assertEquals(
                new NewSegment(0, 2, 2, false, Optional.empty()),
                await(log.staged.seal(1)).get(0));
    }

    private Stream<LogRecord> records() {
        var segments = new ArrayList<Segment>();
        for (long offset = 1; offset < log.number("SELECT next_offset FROM log_head"); ) {
            var read = await(log.store.read(offset, 100));
            assertTrue(read.size() == 1 || bytes(read) <= 4 * MIB, () -> read.size() + " of " + bytes(read));
            segments.addAll(read);
            offset = read.get(read.size() - 1).lastOffset() + 1;
        }
        return segments.stream().flatMap(segment -> segment.records().stream());
    }

    private static long bytes(List<Segment> segments) {
        return segments.stream().mapToLong(segment -> segment.lines().length()).sum();
    }

    @Test
    void takesSmallRecordsByNumberOnly() {
        stage(10_001, 300);
        assertEquals(List.of(10_000, 1), sealAll(10_000));
    }

    /** As a table without the limit may have accepted it. */
    @Test
    void sealsARecordAboveTheLimitByItself() {
        log.sql("ALTER TABLE staged_log_records DROP CONSTRAINT data_must_not_exceed_1048576_bytes");
        stage(1, 100);
        stage(2, 6 * MIB);
        stage(1, 100);
        assertEquals(List.of(1, 1, 1, 1), sealAll(1_000));
        assertEquals(1, await(log.store.unpublished(4)).size(), "the second does not fit beside the first");
        assertEquals(6 * MIB, records().skip(1).findFirst().orElseThrow().data().length());
    }

    @Test
    void refusesARecordAboveTheLimitWhereItIsStaged() {
        stage(1, MIB);
        var refused = assertThrows(PgException.class, () -> stage(1, MIB + 1));
        assertTrue(refused.getMessage().contains("data_must_not_exceed_1048576_bytes"), refused.getMessage());
        // 130,001 digits out of eight characters: the limit is on the text, which is what the log holds.
        assertThrows(
                PgException.class, () -> log.stageRaw("create", "thing", "[1e130000" + ", 1e130000".repeat(8) + "]"));
        assertThrows(PgException.class, () -> log.stageRaw("a".repeat(65), "thing", "{}"));
        assertEquals(1, log.number("SELECT count(*) FROM staged_log_records"));
    }

    @Test
    void deletesWhatHasExpiredInPortions() {
        int expired = 12_000;
        log.sql("""
            INSERT INTO log_segments (first_offset, last_offset, sealed_at, records)
            SELECT g, g, now() - CASE WHEN g <= $1::int THEN interval '2 days' ELSE interval '0' END, 'create\tthing\t{}'
              FROM generate_series(1, $1::int + 2) g""", expired);
        log.sql("UPDATE log_head SET next_offset = $1::int + 3", expired);
        log.sql("UPDATE log_cursor SET published = $1::int + 2", expired);
        log.sql(
                "INSERT INTO checkpoints (name, projection, last_offset) VALUES ('one', 'total_distance', $1::int - 1)",
                expired);

        assertEquals(List.of(5_000, 5_000, 1_999, 0), retain(4), "the checkpoint still needs the last");
        log.sql("UPDATE checkpoints SET last_offset = $1::int + 2", expired);
        assertEquals(List.of(1, 0), retain(2), "the others are young");
        assertEquals(expired + 1, log.number("SELECT min(first_offset) FROM log_segments"));
    }

    private List<Integer> retain(int times) {
        var deleted = new ArrayList<Integer>();
        for (int i = 0; i < times; i++) {
            deleted.add(await(log.store.retain(Duration.ofDays(1))));
        }
        return deleted;
    }

    @Test
    void deletesNoMoreThanAFewLargeSegmentsAtOnce() {
        log.sql("""
            INSERT INTO log_segments (first_offset, last_offset, sealed_at, records)
            SELECT g, g, now() - interval '2 days', repeat('x', 10000000) FROM generate_series(1, 9) g""");
        log.sql("UPDATE log_cursor SET published = 9");
        log.sql("INSERT INTO checkpoints (name, projection, last_offset) VALUES ('one', 'total_distance', 9)");
        assertEquals(List.of(6, 2, 0), retain(3), "64 MiB at once, and the newest stays");
    }

    @Test
    void saysWhatDidNotHappen() {
        stage(3, 100);
        assertEquals(List.of(1, 1, 1), sealAll(1));
        var segments = await(log.store.unpublished(9));
        assertTrue(await(log.store.holds(segments.get(0).id())));
        assertFalse(await(log.store.holds(new SegmentId(1, new UUID(0, 0)))));
        assertFalse(await(log.store.mark(segments.get(1))), "the cursor stands before the first");
        assertTrue(await(log.store.mark(segments.get(0))));
        assertFalse(await(log.staged.lowerFloor()));
        log.sql("UPDATE log_head SET floor = 1000");
        assertTrue(await(log.staged.lowerFloor()));
        assertEquals(0, log.number("SELECT floor FROM log_head"));
        log.sql("DELETE FROM log_segments WHERE first_offset = 2");
        var hole = assertThrows(UnusableLogException.class, () -> await(log.store.unpublished(9)));
        assertEquals(
                "log_segments has no segment that begins at offset 2, right after log_cursor.published; the next one begins"
                        + " at 3",
                hole.getMessage());
    }

    /** Broken: one of the statements on the sample's session fails. Must hold: the sample is worth nothing any more. */
    @Test
    void aSampleEndsWithItsSession() {
        var before = await(log.staged.sampleFloor());
        assertUnusable("CACHE 20", "INCREMENT 1, CACHE 20 and NO CYCLE");
        assertGone(before);
        log.sql("ALTER SEQUENCE staged_log_records_id_seq CACHE 1");
        assertUnusable("CYCLE", "INCREMENT 1, CACHE 1 and CYCLE");
        log.sql("ALTER SEQUENCE staged_log_records_id_seq NO CYCLE");
        var sample = await(log.staged.sampleFloor());
        log.sql("ALTER TABLE log_head RENAME TO elsewhere");
        assertThrows(PgException.class, () -> await(log.staged.raiseFloor(sample)));
        log.sql("ALTER TABLE elsewhere RENAME TO log_head");
        assertGone(sample);
        assertTrue(await(log.staged.raiseFloor(await(log.staged.sampleFloor()))));
    }

    private void assertUnusable(String setting, String named) {
        log.sql("ALTER SEQUENCE staged_log_records_id_seq " + setting);
        var unusable = assertThrows(IllegalStateException.class, () -> await(log.staged.sampleFloor()));
        assertTrue(unusable.getMessage().contains(named), unusable::getMessage);
    }

    private void assertGone(StagedRecords.FloorSample sample) {
        var gone = assertThrows(IllegalStateException.class, () -> await(log.staged.raiseFloor(sample)));
        assertEquals("the session of this sample is gone", gone.getMessage());
    }
}
