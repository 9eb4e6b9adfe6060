package rocketrides.rides;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static rocketrides.testing.TestLog.await;

import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.Test;
import rocketrides.config.Settings.Delivery;
import rocketrides.consumer.Consumer;
import rocketrides.runtime.Faults;
import rocketrides.runtime.Faults.SimulatedFailure;
import rocketrides.status.Auditor;
import rocketrides.status.Status;
import rocketrides.status.StatusReader;
import rocketrides.testing.TestLog;
import rocketrides.testing.TestRole;

/** No false alarm: in every snapshot under load, the books balance. */
class AuditUnderLoadTest {
    private static final int WRITES = 180;
    private static final String WRITE = """
            WITH r AS (INSERT INTO rides (distance) SELECT g + (random() * 0.9)::numeric(3, 3) FROM generate_series(1, $1::int) g
                       RETURNING id, distance)
            INSERT INTO staged_log_records (action, object, data)
            SELECT 'create', 'ride', jsonb_build_object('id', id, 'distance', distance) FROM r ORDER BY id""";

    private static final Map<Faults.Point, Double> RATES =
            Map.of(Faults.Point.STREAMER_AFTER_PUBLISH, 0.3, Faults.Point.CONSUMER_BEFORE_SAVE, 0.3);

    private volatile boolean done;

    @Test
    void isNeverRedWhileRidesAreWrittenRolledBackRelayedConsumedAndDeletedFromTheLog() throws Exception {
        try (var log = new TestLog(Delivery.AT_LEAST_ONCE)) {
            var auditors = List.of(auditor(log, TestRole.API), auditor(log, TestRole.STREAMER));
            var writers = List.of(inBackground(() -> write(log)), inBackground(() -> write(log)));
            List<CompletableFuture<Void>> others = new ArrayList<>();
            others.add(inBackground(() -> relay(log)));
            others.add(inBackground(() -> consume(log, "consumer0")));
            others.add(inBackground(() -> consume(log, "consumer1")));
            others.add(inBackground(() -> audit(auditors.get(0))));
            var late = 0;
            while (!writers.stream().allMatch(CompletableFuture::isDone)) {
                audit(await(auditors.get(1).runOnce()));
                log.sql("UPDATE log_segments SET sealed_at = now() - interval '1 day'");
                await(log.store.retain(Duration.ofHours(1)));
                if (late < 3 && log.number("SELECT next_offset FROM log_head") > 500L * (late + 1)) {
                    var name = "late" + late++;
                    others.add(inBackground(() -> consume(log, name)));
                }
            }
            for (var writer : writers) {
                writer.get();
            }
            log.consume(log.consumer("last"), "last");
            done = true;
            for (var other : others) {
                other.get();
            }
            audit(await(auditors.get(0).runOnce()));
            assertTrue(log.number("SELECT count(*) FROM ride_sums") > 3, "rides were added up");
            assertTrue(log.number("SELECT count(*) FROM log_sums") > 3, "records were added up");
            assertTrue(
                    log.number("SELECT count(*) FROM total_distances WHERE missed_rides > 0") > 0,
                    "somebody came late");
        }
    }

    private static Auditor auditor(TestLog log, TestRole role) {
        var books = new RideBooks(new SumsStore(200, new SumsStore.LogBlock(100, 1 << 20)));
        var reader = new StatusReader(log.pool(role), log.settings, books, () -> Future.succeededFuture(0L));
        return new Auditor(books, log.pool(role), reader::read);
    }

    private static CompletableFuture<Void> inBackground(Runnable task) {
        return CompletableFuture.runAsync(task, command -> new Thread(command).start());
    }

    private void audit(Auditor auditor) {
        while (!done) {
            audit(await(auditor.runOnce()));
        }
    }

    private static void audit(Status found) {
        assertEquals(List.of(), found.disagreeing());
        assertTrue(found.balanced(), found::toString);
    }

    private static void write(TestLog log) {
        for (int i = 0; i < WRITES; i++) {
            int rides = ThreadLocalRandom.current().nextInt(1, 40);
            if (i % 3 == 0) {
                log.hold(WRITE.replace("$1", "" + rides)).close();
            } else {
                log.sql(WRITE, rides);
            }
        }
    }

    private void relay(TestLog log) {
        var streamer = log.streamer(log.stream(), Faults.random(RATES, 1, "streamer"), 30);
        while (!done) {
            await(streamer.runOnce().otherwise(AuditUnderLoadTest::crashed));
        }
    }

    private void consume(TestLog log, String name) {
        var faults = Faults.random(RATES, 2, name);
        Consumer consumer = log.consumer(name, faults);
        while (!done) {
            var failure = await(consumer.runOnce().<Throwable>mapEmpty().otherwise(t -> t));
            if (failure instanceof SimulatedFailure) {
                consumer = log.consumer(name, faults);
            }
        }
    }

    private static Boolean crashed(Throwable t) {
        assertTrue(t instanceof SimulatedFailure, t::toString);
        return true;
    }
}
