package rocketrides.status;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.sqlclient.Pool;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import rocketrides.TestLog;
import rocketrides.TestRole;
import rocketrides.config.Settings;

class StatusTest {
    private static final String TWO_RIDES = "INSERT INTO rides (distance) VALUES (1.5), (99999999.001);";
    private static final String CONSUMED = """
            UPDATE log_head SET next_offset = 3;
            INSERT INTO log_segments (first_offset, last_offset, records)
            VALUES (1, 2, E'create\tride\t{"distance": 1.5}\ncreate\tride\t{"distance": 99999999.001}');
            UPDATE log_cursor SET published = 1;
            INSERT INTO checkpoints (name, projection, last_offset, duplicates_skipped, gaps_healed, simulated_crashes, rejected)
            VALUES ('consumer1', 'total_distance', 1, 0, 0, 0, 0), ('consumer0', 'total_distance', 2, 3, 4, 5, 6);
            INSERT INTO total_distances VALUES ('consumer0', 2, 100000000.501);""";

    private TestLog log;
    private Pool pool;

    @BeforeEach
    void start() {
        log = new TestLog(Settings.Delivery.IDEMPOTENT);
        pool = log.pool(TestRole.MONITORING);
    }

    @AfterEach
    void stop() {
        log.close();
    }

    @Test
    void anEmptySystemHasZeroesAndNoConsumers() throws TimeoutException {
        var status = read(() -> Future.succeededFuture(0L));
        assertEquals(new Status.Rides(0, new BigDecimal("0.000")), status.rides());
        assertEquals(new Status.Log(0, 0, Duration.ZERO, "the-stream", 0L, "idempotent"), status.log());
        assertEquals(List.of(), status.consumers());
        assertEquals(Duration.ZERO, status.stagedFor());
    }

    @Test
    void showsEveryNumberExactly() throws TimeoutException {
        execute(TWO_RIDES + CONSUMED);
        execute("INSERT INTO staged_log_records (action, object, data) VALUES ('create', 'ride', '{}')");
        assertEquals(
                "{\"rides\":{\"count\":2,\"total_distance\":100000000.501},\"staged\":{\"count\":1},"
                        + "\"log\":{\"head_offset\":2,\"published_offset\":1,\"stream\":\"the-stream\","
                        + "\"stream_entries\":12,\"delivery\":\"idempotent\"},"
                        + "\"audit\":{\"balanced\":false,\"unaccounted_distance\":1.500,\"checked_at\":\"…\"},"
                        + "\"consumers\":["
                        + "{\"name\":\"consumer0\",\"offset\":2,\"lag\":0,\"rides\":2,"
                        + "\"total_distance\":100000000.501,\"duplicates_skipped\":3,\"gaps_healed\":4,"
                        + "\"simulated_crashes\":5,\"rejected\":6},"
                        + "{\"name\":\"consumer1\",\"offset\":1,\"lag\":1,\"rides\":0,"
                        + "\"total_distance\":0.000,\"duplicates_skipped\":0,\"gaps_healed\":0,"
                        + "\"simulated_crashes\":0,\"rejected\":0}]}",
                read(() -> Future.succeededFuture(12L))
                        .toJson()
                        .encode()
                        .replaceFirst("(checked_at\":\")[^\"]*Z", "$1…"));
    }

    @Test
    void answersWithoutRedis() throws TimeoutException {
        assertNull(read(() -> Future.failedFuture("away")).log().streamEntries());
        assertNull(read(() -> Promise.<Long>promise().future()).log().streamEntries());
        assertNull(read(() -> {
                    throw new IllegalStateException("closed");
                })
                .log()
                .streamEntries());
    }

    @Test
    void knowsHowLongTheOldestRecordHasWaitedAtEachStage() throws TimeoutException {
        execute(TWO_RIDES + CONSUMED);
        execute("UPDATE log_segments SET sealed_at = now() - interval '1 hour'");
        execute("UPDATE log_cursor SET published = 0");
        execute("INSERT INTO staged_log_records (action, object, data, staged_at)"
                + " SELECT 'create', 'ride', '{}', now() - make_interval(mins => m) FROM unnest(ARRAY[7, 9, 8]) m");
        var status = status();
        assertEquals(9, status.stagedFor().toMinutes());
        assertEquals(Duration.ZERO, status.consumers().get(0).behindFor());
        assertEquals(60, status.consumers().get(1).behindFor().toMinutes());
        assertEquals(60, status.log().unpublishedFor().toMinutes());
        execute("UPDATE log_cursor SET published = 2");
        assertEquals(Duration.ZERO, status().log().unpublishedFor());
    }

    @Test
    void countsStagedRecordsUpToALimitTheOldestFirst() {
        log.sql("INSERT INTO staged_log_records (action, object, data, staged_at)"
                + " SELECT 'create', 'ride', '{}', now() - make_interval(mins => 10 - m) FROM generate_series(1, 5) m");
        for (int most : new int[] {3, 5, 6}) {
            var backlog = log.row(
                    "SELECT records, extract(epoch FROM now() - since)::bigint / 60 AS minutes FROM staged_backlog($1)",
                    (long) most);
            assertEquals(Math.min(most, 5), backlog.getLong("records"));
            assertEquals(9, backlog.getLong("minutes"));
        }
        assertEquals("at least 1000000", withStaged(1_000_000).stagedInWords());
        assertEquals("999999", withStaged(999_999).stagedInWords());
    }

    private static Status withStaged(long staged) {
        return new Status(null, staged, Duration.ZERO, null, null, List.of());
    }

    @Test
    void namesTheConsumersThatDisagreeByAMillimetreOrARide() throws TimeoutException {
        execute(TWO_RIDES + CONSUMED + "INSERT INTO total_distances VALUES ('consumer1', 1, 1.50000)");
        assertEquals(List.of(), status().disagreeing());
        execute("UPDATE total_distances SET total_distance = total_distance + 0.001 WHERE consumer = 'consumer0'");
        execute("UPDATE total_distances SET rides = 2 WHERE consumer = 'consumer1'");
        assertEquals(
                List.of("consumer0", "consumer1"),
                status().disagreeing().stream().map(Status.Consumer::name).toList());
    }

    private Status status() throws TimeoutException {
        return read(() -> Future.succeededFuture(0L));
    }

    private Status read(Supplier<Future<Long>> entries) throws TimeoutException {
        var log = new Settings.Log("the-stream", 10_000, Settings.Delivery.IDEMPOTENT, Duration.ofDays(7));
        return new StatusReader(pool, log, entries).read().await(5, SECONDS);
    }

    private void execute(String sql) throws TimeoutException {
        log.pool.query(sql).execute().await(5, SECONDS);
    }
}
