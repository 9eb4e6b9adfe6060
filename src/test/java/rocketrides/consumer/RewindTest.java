package rocketrides.consumer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.pgclient.PgException;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import rocketrides.config.Settings.Delivery;
import rocketrides.consumer.Rewind.RefusedException;
import rocketrides.log.UnusableLogException;
import rocketrides.rides.TotalDistance;
import rocketrides.runtime.Faults;
import rocketrides.testing.AnyStatements;
import rocketrides.testing.LogCapture;
import rocketrides.testing.RideLengths;
import rocketrides.testing.TestLog;
import rocketrides.testing.TestRole;

class RewindTest {
    private final TestLog log = new TestLog(Delivery.AT_LEAST_ONCE);
    private final Rewind rewind =
            new Rewind(log.pool(TestRole.OPERATOR), log.store(TestRole.OPERATOR), new TotalDistance());
    private final Consumer consumer = log.consumer("c");

    @AfterEach
    void close() {
        log.close();
    }

    private void stageAndConsume(int rides) {
        log.stage(rides);
        log.relay(log.streamer(log.stream(), Faults.NONE, 3));
        log.consume(consumer, "c");
    }

    private long offset() {
        return log.number("SELECT last_offset FROM checkpoints WHERE name = 'c'");
    }

    private void rewind(long to) {
        TestLog.await(rewind.rewind("c", to, offset -> {}));
    }

    @Test
    void toTheBeginningMeansThatARunningConsumerCountsEverythingAgain() {
        stageAndConsume(10);
        rewind(0);
        assertEquals(0, offset());
        assertEquals(BigDecimal.ZERO, log.total("c"));
        log.consume(consumer, "c");
        assertEquals(0, log.ridesTotal().compareTo(log.total("c")));
    }

    @Test
    void toAnOffsetMeansTheStateOfThatOffset() {
        stageAndConsume(10);
        var progress = new ArrayList<Long>();
        TestLog.await(rewind.rewind("c", 7, progress::add));
        assertEquals(7, offset());
        assertEquals(0, new BigDecimal(1 + 2 + 3 + 4 + 5 + 6 + 7).compareTo(log.total("c")));
        assertEquals(List.of(7L), progress);
        log.consume(consumer, "c");
        assertEquals(0, log.ridesTotal().compareTo(log.total("c")));
    }

    /** There is nothing to go back over, but the state is built again. */
    @Test
    void toWhereItStandsMendsItsState() {
        stageAndConsume(4);
        log.sql("UPDATE total_distances SET total_distance = 99");
        rewind(4);
        assertEquals(4, offset());
        assertEquals(0, log.ridesTotal().compareTo(log.total("c")));
    }

    /** Broken: somebody has deleted a segment in the middle of the log. Must hold: nothing has changed. */
    @Test
    void refusesToGoOverAHole() {
        stageAndConsume(10);
        log.sql("DELETE FROM log_segments WHERE first_offset = 4");
        var refused = assertThrows(RefusedException.class, () -> rewind(7));
        assertEquals("log_segments does not hold offset 4", refused.getMessage());
        assertEquals(10, offset());
        assertEquals(0, log.ridesTotal().compareTo(log.total("c")));
    }

    @Test
    void aSaveThatWasUnderWayIsNotCountedTwice() {
        stageAndConsume(5);
        log.stage(5);
        log.relay(log.streamer(log.stream(), Faults.NONE, 100));
        var late = log.consumer("c");
        TestLog.await(late.runOnce()); // loads: is at 5
        TestLog.await(late.runOnce()); // reads, but does not save yet
        rewind(2);
        TestLog.await(late.runOnce());
        log.consume(late, "c");
        assertEquals(0, log.ridesTotal().compareTo(log.total("c")));
    }

    /** Broken: statements of the projection fail, and the projection goes on. Must hold: nothing has changed. */
    @Test
    void aFailureThatTheProjectionKeepsToItselfChangesNothing() {
        stageAndConsume(5);
        var total = new TotalDistance();
        var stubborn = new AnyStatements<>(total, (consumer, distances, transaction) -> transaction
                .query("SELECT 1 / 0")
                .execute()
                .transform(failed -> transaction.query("SELECT 1").execute())
                .transform(failed -> total.apply(consumer, distances, transaction))
                .transform(failed -> total.apply(consumer, distances, transaction))
                .otherwise("all is well"));
        var other = new Rewind(log.pool(TestRole.OPERATOR), log.store(TestRole.OPERATOR), stubborn);
        assertThrows(PgException.class, () -> TestLog.await(other.rewind("c", 2, offset -> {})));
        assertEquals(5, offset());
        assertEquals(0, log.ridesTotal().compareTo(log.total("c")));
    }

    @Test
    void refusesWhenTheBeginningOfTheLogIsGone() {
        stageAndConsume(10);
        log.sql("UPDATE log_segments SET sealed_at = now() - interval '9 days' WHERE first_offset = 1");
        assertEquals(1, TestLog.await(log.store.retain(Duration.ofDays(7))));
        var total = log.total("c");
        var refused = assertThrows(RefusedException.class, () -> rewind(0));
        assertTrue(refused.getMessage().contains("before offset 4"), refused.getMessage());
        assertThrows(RefusedException.class, () -> rewind(7));
        assertEquals(10, offset());
        assertEquals(total, log.total("c"));
    }

    @Test
    void refusesAnUnknownConsumerAndAnOffsetAhead() {
        stageAndConsume(3);
        var ahead = assertThrows(RefusedException.class, () -> rewind(4));
        assertEquals("c is at offset 3, before 4", ahead.getMessage());
        var unknown =
                assertThrows(RefusedException.class, () -> TestLog.await(rewind.rewind("nobody", 0, offset -> {})));
        assertTrue(unknown.getMessage().contains("nobody"));
    }

    @Test
    void setsRejectedRecordsAsideAnew() {
        stageAndConsume(2);
        log.stageRaw("create", "ride", "{\"distance\": \"far\"}");
        stageAndConsume(2);
        assertEquals(1, log.number("SELECT rejected FROM checkpoints"));
        rewind(2);
        assertEquals(0, log.number("SELECT rejected + (SELECT count(*) FROM rejected_records) FROM checkpoints"));
        log.consume(consumer, "c");
        assertEquals(1, log.number("SELECT rejected FROM checkpoints"));
        assertEquals(1, log.number("SELECT count(*) FROM rejected_records"));
    }

    @Test
    void isToldApartFromARestoredBackup() {
        stageAndConsume(10);
        try (var said = new LogCapture()) {
            rewind(7);
            log.consume(consumer, "c");
            said.await(1, line -> line.endsWith("c was rewound from offset 10 to 7, and goes on from there"));
            assertEquals(
                    List.of(),
                    said.lines().stream().filter(line -> line.contains("ALARM")).toList());
            // A backup from after the rewind.
            log.sql("UPDATE checkpoints SET last_offset = 8 WHERE name = 'c'");
            log.sql("UPDATE total_distances SET rides = 8, total_distance = 36 WHERE consumer = 'c'");
            log.consume(consumer, "c");
            said.await(
                    1,
                    line -> line.startsWith("ERROR")
                            && line.endsWith(
                                    "ALARM: the checkpoint of c went back from 10 to 8, and nobody has rewound it:"
                                            + " Postgres was restored or failed over, and acknowledged writes are lost. c goes on"
                                            + " from 8"));
        }
        assertEquals(0, log.ridesTotal().compareTo(log.total("c")));
    }

    /** There may be millions of them. */
    @Test
    void rejectedRecordsAreDeletedHoweverLongThatTakes() {
        log.sql("""
            CREATE FUNCTION require_patience() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
              IF current_setting('statement_timeout') <> '0' THEN
                RAISE 'this statement ends after %', current_setting('statement_timeout');
              END IF;
              RETURN OLD;
            END $$""");
        log.sql("CREATE TRIGGER patience BEFORE DELETE ON rejected_records"
                + " FOR EACH ROW EXECUTE FUNCTION require_patience()");
        log.stageRaw("create", "ride", "{\"distance\": \"far\"}");
        stageAndConsume(1);
        rewind(0);
        assertEquals(0, log.number("SELECT count(*) FROM rejected_records"));
        log.consume(consumer, "c");
        TestLog.await(rewind.remove("c"));
        assertEquals(0, log.number("SELECT count(*) FROM rejected_records"));
    }

    @Test
    void removingLeavesNothingBehind() {
        stageAndConsume(3);
        TestLog.await(rewind.remove("c"));
        assertEquals(
                0, log.number("SELECT (SELECT count(*) FROM checkpoints) + (SELECT count(*) FROM total_distances)"));
        assertThrows(RefusedException.class, () -> TestLog.await(rewind.remove("c")));
    }

    @Test
    void refusesWhatThisProjectionCannotReset() {
        stageAndConsume(3);
        log.sql("UPDATE checkpoints SET projection = 'ride_lengths'");
        for (var refused : List.of(
                assertThrows(RefusedException.class, () -> rewind(0)),
                assertThrows(RefusedException.class, () -> TestLog.await(rewind.remove("c"))))) {
            assertEquals(
                    "c's state is of the projection \"ride_lengths\", and this program can reset \"total_distance\" only:"
                            + " use the program that runs c",
                    refused.getMessage());
        }
        assertEquals(3, offset());
        assertEquals(0, log.ridesTotal().compareTo(log.total("c")));
    }

    @Test
    void aConsumerIsNotRunWithAnotherProjection() {
        stageAndConsume(3);
        var other = log.consumer("c", new RideLengths());
        var stopped = assertThrows(UnusableLogException.class, () -> TestLog.await(other.runOnce()));
        assertTrue(
                stopped.getMessage().startsWith("c stopped: its checkpoint is of the projection \"total_distance\""));
        TestLog.await(log.consumer("d", new RideLengths()).runOnce());
        assertEquals(
                1, log.number("SELECT count(*) FROM checkpoints WHERE name = 'd' AND projection = 'ride_lengths'"));
    }
}
