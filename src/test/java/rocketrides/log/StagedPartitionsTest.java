package rocketrides.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static rocketrides.testing.TestLog.await;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import rocketrides.config.Settings.Delivery;
import rocketrides.testing.TestLog;

/** One statement for several partitions: a log with three, of which a streamer owns the first two. */
class StagedPartitionsTest {
    private final TestLog log = new TestLog(Delivery.AT_LEAST_ONCE, 1_000, 3);
    private final PostgresStagedRecords staged = new PostgresStagedRecords(log.pool, () -> Set.of(0, 1));

    @BeforeEach
    void stageThreeInEach() {
        log.sql("""
            INSERT INTO staged_log_records (id, partition, action, object, data)
            SELECT n, n % 3, 'create', 'payment', '{}' FROM generate_series(1, 9) n""");
        log.sql("SELECT setval('staged_log_records_id_seq', 9)");
    }

    @AfterEach
    void close() {
        log.close();
    }

    @Test
    void eachOwnedPartitionGetsItsSegmentOfAtMostThatManyRecords() {
        assertEquals(List.of("0:1-2", "1:1-2"), seal(2));
        assertEquals(List.of("0:3-3", "1:3-3"), seal(2));
        assertEquals(List.of(), seal(2));
        assertEquals(3, log.number("SELECT count(*) FROM staged_log_records WHERE partition = 2"));
        assertEquals(1, log.number("SELECT next_offset FROM log_head WHERE partition = 2"));
    }

    /** Broken: another streamer seals one of the partitions. Must hold: the others do not wait for it. */
    @Test
    void aPartitionThatAnotherStreamerSealsIsLeftOut() {
        var other = log.hold("SELECT FROM log_head WHERE partition = 0 FOR UPDATE");
        assertEquals(List.of("1:1-3"), seal(10));
        other.close();
        assertEquals(List.of("0:1-3"), seal(10));
    }

    @Test
    void eachFloorStaysBelowWhatIsStagedInItsPartition() {
        log.sql("DELETE FROM staged_log_records WHERE partition = 0");
        assertTrue(await(staged.raiseFloor(await(staged.sampleFloor()))));
        assertEquals(List.of(9L, 0L, 0L), floors());

        seal(2);
        assertTrue(await(staged.raiseFloor(await(staged.sampleFloor()))));
        assertEquals(List.of(9L, 6L, 0L), floors());
    }

    @Test
    void onlyAFloorAboveAStagedRecordIsLowered() {
        log.sql("UPDATE log_head SET floor = CASE partition WHEN 0 THEN 2 ELSE 4 END");
        assertTrue(await(staged.lowerFloor()));
        assertEquals(List.of(2L, 0L, 4L), floors());
        assertFalse(await(staged.lowerFloor()));
    }

    private List<String> seal(int limit) {
        return await(staged.seal(limit)).stream()
                .map(made -> made.partition() + ":" + made.firstOffset() + "-" + made.lastOffset())
                .sorted()
                .toList();
    }

    private List<Long> floors() {
        var floors = log.row("SELECT array_agg(floor ORDER BY partition) FROM log_head");
        return List.of(floors.getArrayOfLongs(0));
    }
}
