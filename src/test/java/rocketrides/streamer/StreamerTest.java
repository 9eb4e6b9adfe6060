package rocketrides.streamer;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static rocketrides.runtime.Faults.Point.STREAMER_AFTER_PUBLISH;
import static rocketrides.testing.Eventually.eventually;
import static rocketrides.testing.TestLog.await;

import io.vertx.core.Future;
import io.vertx.redis.client.Command;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import rocketrides.config.Settings;
import rocketrides.config.Settings.Delivery;
import rocketrides.log.PostgresStagedRecords;
import rocketrides.log.PublishRefusedException;
import rocketrides.runtime.Faults;
import rocketrides.runtime.Faults.SimulatedFailure;
import rocketrides.testing.TestLog;
import rocketrides.testing.TestRole;
import rocketrides.testing.TestStreamer;

class StreamerTest {
    private TestLog log;

    @AfterEach
    void close() {
        log.close();
    }

    private static List<Long> offsets(long first, long last) {
        return LongStream.rangeClosed(first, last).boxed().toList();
    }

    @ParameterizedTest
    @EnumSource
    void movesStagedRecordsIntoTheStreamInOrder(Delivery delivery) {
        log = new TestLog(delivery);
        log.stage(25);
        log.relay(log.streamer(log.stream(), Faults.NONE, 10));
        assertEquals(offsets(1, 25), log.streamedOffsets());
        assertEquals(0, log.number("SELECT count(*) FROM staged_log_records"));
        assertEquals(25, log.number("SELECT published FROM log_cursor"));
        assertEquals(2, log.number("SELECT count(*) FROM log_segments"));
        assertEquals(
                log.ridesTotal(),
                log.row("SELECT sum((data->>'distance')::numeric) FROM log_records")
                        .getBigDecimal(0));
    }

    /** Broken: the role comes and goes, more often than there are connections. Must hold: who has it next seals. */
    @Test
    void oneThatStopsGivesItsConnectionsBack() {
        log = new TestLog(Delivery.AT_LEAST_ONCE);
        var settings = new Settings.Streamer(1, 100, Duration.ofMillis(20));
        for (int i = 1; i <= 10; i++) {
            int records = i;
            var streamer = await(log.vertx.deployVerticle(new StreamerVerticle(
                    new StreamerVerticle.Options("streamer0", settings, () -> Set.of(0)),
                    new PostgresStagedRecords(log.pool(TestRole.STREAMER), () -> Set.of(0)),
                    partition -> new StreamerVerticle.Outlet(
                            log.store(TestRole.STREAMER), log.stream(), log.settings, false),
                    Faults.NONE)));
            log.stage(1);
            eventually(
                    records + " records are sealed",
                    () -> log.number("SELECT next_offset - 1 FROM log_head") == records);
            await(log.vertx.undeploy(streamer));
        }
    }

    @Test
    void saysWhetherMoreIsWaiting() {
        log = new TestLog(Delivery.AT_LEAST_ONCE);
        var streamer = log.streamer(log.stream(), Faults.NONE, 10);
        log.stage(14);
        assertEquals(Sealer.Next.MORE, await(streamer.sealer().runOnce()));
        assertEquals(Sealer.Next.FEW, await(streamer.sealer().runOnce()));
        assertEquals(Sealer.Next.IDLE, await(streamer.sealer().runOnce()));
        assertEquals(Publisher.Next.IDLE, await(streamer.publisher().runOnce()));
        assertEquals(offsets(1, 14), log.streamedOffsets());
        for (int i = 0; i < 5; i++) {
            log.stage(1);
            await(streamer.sealer().runOnce());
        }
        assertEquals(Publisher.Next.MORE, await(streamer.publisher().runOnce()));
        assertEquals(Publisher.Next.IDLE, await(streamer.publisher().runOnce()));
        assertEquals(offsets(1, 19), log.streamedOffsets());
    }

    /** A seal costs a commit however many it takes: the more there are, the more it takes, up to four times as many. */
    @Test
    void takesMoreAtOnceWhileThereIsABacklog() {
        log = new TestLog(Delivery.AT_LEAST_ONCE);
        var streamer = log.streamer(log.stream(), Faults.NONE, 10);
        log.stage(115);
        log.relay(streamer);
        log.stage(11);
        log.relay(streamer);
        assertEquals(offsets(1, 126), log.streamedOffsets());
        var sizes = new ArrayList<Long>();
        await(log.pool
                        .query("SELECT last_offset - first_offset + 1 FROM log_segments ORDER BY first_offset")
                        .execute())
                .forEach(row -> sizes.add(row.getLong(0)));
        assertEquals(List.of(10L, 20L, 40L, 40L, 5L, 10L, 1L), sizes);
    }

    /** Broken: Postgres refuses segments of more than so many records. Must hold: smaller ones are made, down to one. */
    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void takesLessAtOnceAfterABatchThatWasTooMuch(int most) {
        log = new TestLog(Delivery.AT_LEAST_ONCE);
        log.sql("""
                CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
                $$ BEGIN RAISE EXCEPTION 'too much' USING ERRCODE = '54000'; END $$""");
        log.sql("CREATE TRIGGER refuse BEFORE INSERT ON log_segments FOR EACH ROW WHEN"
                + " (NEW.last_offset - NEW.first_offset + 1 > " + most + ") EXECUTE FUNCTION refuse()");
        log.stage(25);
        var streamer = log.streamer(log.stream(), Faults.NONE, 10);
        int failed = 0;
        while (log.number("SELECT next_offset - 1 FROM log_head") < 25) {
            var pass = streamer.sealer().runOnce().<Throwable>mapEmpty().otherwise(t -> t);
            failed += await(pass) == null ? 0 : 1;
            assertTrue(failed <= 4, "10, 5, 2 and 1 records may fail, but no more");
        }
        log.relay(streamer);
        assertEquals(offsets(1, 25), log.streamedOffsets());
    }

    @Test
    void keepsWhatRedisRefusesAndSendsItLater() {
        log = new TestLog(Delivery.AT_LEAST_ONCE);
        var streamer = log.streamer(log.stream(), Faults.NONE, 10);
        log.relay(streamer);
        log.redis(Command.SET, log.settings.stream(), "not a stream");
        log.stage(3);
        assertThrows(PublishRefusedException.class, () -> log.relay(streamer));
        assertEquals(0, log.number("SELECT published FROM log_cursor"));
        log.redis(Command.DEL, log.settings.stream());
        log.relay(streamer);
        assertEquals(offsets(1, 3), log.streamedOffsets());
    }

    @ParameterizedTest
    @EnumSource
    void sendsASegmentAgainWithTheSameOffsetsAfterDyingBeforeTheMark(Delivery delivery) {
        log = new TestLog(delivery);
        log.stage(5);
        var strikes = new AtomicInteger(1);
        var faults = Faults.scripted(p -> p == STREAMER_AFTER_PUBLISH && strikes.getAndDecrement() > 0);
        var streamer = log.streamer(log.stream(), faults, 10);
        assertThrows(SimulatedFailure.class, () -> log.relay(streamer));
        assertEquals(0, log.number("SELECT published FROM log_cursor"));
        log.relay(streamer);
        var once = offsets(1, 5);
        var twice = new ArrayList<>(once);
        twice.addAll(once);
        assertEquals(delivery == Delivery.IDEMPOTENT ? once : twice, log.streamedOffsets());
        assertEquals(5, log.number("SELECT published FROM log_cursor"));
    }

    /** Broken: a transaction that staged is rolled back, among others that commit. Must hold: it left no trace. */
    @Test
    void neverPublishesWhatWasRolledBack() {
        log = new TestLog(Delivery.AT_LEAST_ONCE);
        var rolledBack = log.hold(
                "INSERT INTO staged_log_records (action, object, data) VALUES ('create', 'ride', '{\"id\": 0}')");
        log.stage(2);
        var streamer = log.streamer(log.stream(), Faults.NONE, 10);
        log.relay(streamer);
        rolledBack.close();
        log.stage(2);
        log.relay(streamer);
        assertEquals(offsets(1, 4), log.streamedOffsets());
        assertEquals(0, log.number("SELECT count(*) FROM log_records WHERE data->>'id' = '0'"));
    }

    /** Broken: a transaction draws its ids early and commits late, after later ones were sealed. Must hold: not lost. */
    @Test
    void takesALateCommitterWithALowIdLater() {
        log = new TestLog(Delivery.AT_LEAST_ONCE);
        var connection = await(log.pool.getConnection());
        var transaction = await(connection.begin());
        await(connection
                .query("INSERT INTO staged_log_records (action, object, data) VALUES ('create', 'ride', '{\"id\": 0}')")
                .execute());
        log.stage(2);
        var streamer = log.streamer(log.stream(), Faults.NONE, 10);
        var floor = new Floor(log.staged);
        log.relay(streamer);
        for (int i = 0; i < 4; i++) {
            await(floor.runOnce());
        }
        await(transaction.commit());
        await(connection.close());
        log.relay(streamer);
        assertEquals(
                3,
                log.row("SELECT \"offset\" FROM log_records WHERE data->>'id' = '0'")
                        .getLong(0));
    }

    /** Must hold: once nobody can be writing below it any more, the floor follows what was sealed. */
    @Test
    void raisesTheFloorBehindTheWriters() {
        log = new TestLog(Delivery.AT_LEAST_ONCE);
        log.stage(7);
        log.relay(log.streamer(log.stream(), Faults.NONE, 10));
        var floor = new Floor(log.staged);
        await(floor.runOnce());
        await(floor.runOnce());
        assertEquals(7, log.number("SELECT floor FROM log_head"));
        log.stage(1);
        log.relay(log.streamer(log.stream(), Faults.NONE, 10));
        assertEquals(8, log.number("SELECT next_offset - 1 FROM log_head"));
    }

    /** Broken: three streamers run at once while eight writers stage and roll back. Must hold: dense, complete, ordered. */
    @ParameterizedTest
    @EnumSource
    void threeStreamersAtOnceLoseNothingAndReorderNothing(Delivery delivery) throws Exception {
        log = new TestLog(delivery, 1_000_000);
        var writers = new ArrayList<Future<?>>();
        for (int w = 0; w < 8; w++) {
            writers.add(write(60, w));
        }
        var writing = Future.join(writers);
        var streamers = new ArrayList<Future<?>>();
        for (int s = 0; s < 3; s++) {
            streamers.add(relayUntil(writing, log.streamer(log.stream(), Faults.NONE, 7)));
        }
        Future.join(streamers).await(60, SECONDS);
        log.relay(log.streamer(log.stream(), Faults.NONE, 1000));
        long rides = log.number("SELECT count(*) FROM rides");
        assertTrue(rides > 100);
        assertEquals(rides, log.number("SELECT next_offset - 1 FROM log_head"));
        assertEquals(rides, log.number("SELECT count(*) FROM log_records"));
        assertEquals(rides, log.number("SELECT count(DISTINCT data->>'id') FROM log_records"));
        assertEquals(
                0,
                log.number(
                        "SELECT count(*) FROM (SELECT first_offset - lag(last_offset) OVER (ORDER BY first_offset) AS"
                                + " step FROM log_segments) s WHERE step <> 1"));
        assertEquals(new HashSet<>(offsets(1, rides)), new HashSet<>(log.streamedOffsets()));
    }

    private Future<?> write(int times, int writer) {
        if (times == 0) {
            return Future.succeededFuture();
        }
        Future<?> once = log.pool
                .withTransaction(c -> c.preparedQuery("""
                                WITH r AS (INSERT INTO rides (distance) VALUES ($1) RETURNING id, distance)
                                INSERT INTO staged_log_records (action, object, data)
                                SELECT 'create', 'ride', jsonb_build_object('id', id, 'distance', distance) FROM r""")
                        .execute(Tuple.of(writer + 1))
                        .compose(r -> times % 5 == 0
                                ? Future.failedFuture("rolled back on purpose")
                                : Future.succeededFuture()))
                .otherwiseEmpty();
        return once.compose(done -> write(times - 1, writer));
    }

    private static Future<?> relayUntil(Future<?> end, TestStreamer streamer) {
        return streamer.runOnce()
                .compose(next -> end.isComplete() ? Future.succeededFuture() : relayUntil(end, streamer));
    }

    /** Broken: the streamer that sealed is gone. Must hold: another one takes over after a while, not at once. */
    @Test
    void standsByForTheSealerAndTakesOverWhenItIsGone() {
        log = new TestLog(Delivery.AT_LEAST_ONCE);
        log.stage(3);
        await(log.staged.seal(10));
        var other = log.streamer(log.stream(), Faults.NONE, 10);
        assertEquals(Publisher.Next.STAND_BY, await(other.publisher().runOnce()));
        log.relay(other);
        assertEquals(offsets(1, 3), log.streamedOffsets());
    }
}
