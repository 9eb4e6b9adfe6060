package rocketrides.status;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.sqlclient.Pool;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import rocketrides.config.Settings;
import rocketrides.status.Books.Quantity;
import rocketrides.testing.TestLog;
import rocketrides.testing.TestRole;

class StatusTest {
    private static final String CONSUMED = """
            UPDATE log_head SET next_offset = 3;
            INSERT INTO log_segments (first_offset, last_offset, records) VALUES (1, 2, E'create\torder\t{}\ncreate\torder\t{}');
            UPDATE log_cursor SET published = 1;
            INSERT INTO checkpoints (name, projection, last_offset, duplicates_skipped, gaps_healed, simulated_crashes, rejected)
            VALUES ('consumer1', 'revenue', 1, 0, 0, 0, 0), ('consumer0', 'revenue', 2, 3, 4, 5, 6), ('other', 'x', 2, 0, 0, 0, 0);
            """;

    /** Two orders of 12.50 EUR; consumer1 has lost one, and consumer0 a tenth of a cent. */
    private static final Books ORDERS = new Books() {
        @Override
        public List<Quantity> quantities() {
            return List.of(new Quantity("orders", ""), new Quantity("revenue", "EUR"));
        }

        @Override
        public String select() {
            return """
                    WITH b (consumer, orders, revenue, unaccounted_orders, unaccounted_revenue) AS (
                      VALUES (NULL, 2, 12.50, 0, 0), ('consumer0', 2, 12.499, 0, 0.001000), ('consumer1', 0, 0, 1, 0.00))
                    SELECT * FROM b""";
        }
    };

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
        assertEquals(
                new Status.Log(0, 0, Duration.ZERO, 1, Duration.ZERO, "the-stream", 0L, "idempotent"), status.log());
        assertEquals(List.of(), status.consumers());
        assertEquals(Duration.ZERO, status.stagedFor());
        assertEquals("orders=2, revenue=12.50EUR", status.total().toString());
        assertTrue(status.balanced());
    }

    @Test
    void showsEveryNumberExactly() throws TimeoutException {
        execute(CONSUMED);
        execute("INSERT INTO staged_log_records (action, object, data) VALUES ('create', 'order', '{}')");
        assertEquals(
                "{\"total\":{\"orders\":2,\"revenue\":12.50},\"staged\":{\"count\":1},"
                        + "\"log\":{\"head_offset\":2,\"published_offset\":1,\"stream\":\"the-stream\","
                        + "\"stream_entries\":12,\"delivery\":\"idempotent\"},"
                        + "\"audit\":{\"balanced\":false,\"unaccounted\":{\"orders\":1,\"revenue\":0.001},"
                        + "\"checked_at\":\"…\"},"
                        + "\"consumers\":["
                        + "{\"name\":\"consumer0\",\"offset\":2,\"lag\":0,\"total\":{\"orders\":2,\"revenue\":12.499},"
                        + "\"duplicates_skipped\":3,\"gaps_healed\":4,\"simulated_crashes\":5,\"rejected\":6},"
                        + "{\"name\":\"consumer1\",\"offset\":1,\"lag\":1,\"total\":{\"orders\":0,\"revenue\":0.00},"
                        + "\"duplicates_skipped\":0,\"gaps_healed\":0,\"simulated_crashes\":0,\"rejected\":0},"
                        + "{\"name\":\"other\",\"offset\":2,\"lag\":0,"
                        + "\"duplicates_skipped\":0,\"gaps_healed\":0,\"simulated_crashes\":0,\"rejected\":0}]}",
                read(() -> Future.succeededFuture(12L))
                        .toJson()
                        .encode()
                        .replaceFirst("(checked_at\":\")[^\"]*Z", "$1…"));
        assertEquals(
                List.of("consumer0", "consumer1"),
                status().disagreeing().stream().map(Status.Consumer::name).toList());
    }

    @Test
    void hasPositionsOnlyWithoutBooks() throws TimeoutException {
        execute(CONSUMED);
        var positions = reader(() -> Future.succeededFuture(0L)).readPositions().await(5, SECONDS);
        assertEquals(
                status().consumers().stream().map(Status.Consumer::offset).toList(),
                positions.consumers().stream().map(Status.Consumer::offset).toList());
        var without = new StatusReader(pool, settings(), Books.NONE, () -> Future.succeededFuture(0L))
                .read()
                .await(5, SECONDS);
        for (var status : List.of(positions, without)) {
            assertFalse(status.audited());
            assertTrue(status.balanced());
            assertEquals(List.of(), status.disagreeing());
            assertEquals(Set.of("staged", "log", "consumers"), status.toJson().fieldNames());
            assertFalse(status.toJson().encode().contains("total"), status.toJson()::encode);
        }
    }

    /** Broken: the books have no row for the truth. */
    @Test
    void booksThatSayTooLittleAreNamed() {
        var books = new Books() {
            @Override
            public List<Quantity> quantities() {
                return List.of(new Quantity("orders", ""));
            }

            @Override
            public String select() {
                return "SELECT 'consumer0' AS consumer, 2 AS orders, 0 AS unaccounted_orders";
            }
        };
        var reader = new StatusReader(pool, settings(), books, () -> Future.succeededFuture(0L));
        var refused =
                assertThrows(IllegalStateException.class, () -> reader.read().await(5, SECONDS));
        assertEquals("the books say nothing of \"true_orders\"", refused.getMessage());
    }

    @Test
    void quantitiesHaveNamesThatAreColumns() {
        assertThrows(IllegalArgumentException.class, () -> new Quantity("consumer", ""));
        var refused = assertThrows(IllegalArgumentException.class, () -> new Quantity("a\"b", ""));
        assertEquals(
                "the quantity's name is \"a\"b\", allowed: 1 to 50 lower-case letters and _, but not \"consumer\"",
                refused.getMessage());
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
        execute(CONSUMED);
        execute("UPDATE log_segments SET sealed_at = now() - interval '1 hour'");
        execute("UPDATE log_cursor SET published = 0");
        execute("INSERT INTO staged_log_records (action, object, data, staged_at)"
                + " SELECT 'create', 'order', '{}', now() - make_interval(mins => m) FROM unnest(ARRAY[7, 9, 8]) m");
        var status = status();
        assertEquals(9, status.stagedFor().toMinutes());
        assertEquals(Duration.ZERO, status.consumers().get(0).behindFor());
        assertEquals(60, status.consumers().get(1).behindFor().toMinutes());
        assertEquals(60, status.log().unpublishedFor().toMinutes());
        execute("UPDATE log_cursor SET published = 2");
        assertEquals(Duration.ZERO, status().log().unpublishedFor());
        assertEquals(60, status().log().oldestFor().toMinutes());
    }

    @Test
    void countsStagedRecordsUpToALimitTheOldestFirst() {
        log.sql(
                "INSERT INTO staged_log_records (action, object, data, staged_at)"
                        + " SELECT 'create', 'order', '{}', now() - make_interval(mins => 10 - m) FROM generate_series(1, 5) m");
        for (int most : new int[] {3, 5, 6}) {
            var backlog = log.row(
                    "SELECT records, extract(epoch FROM now() - since)::bigint / 60 AS minutes FROM staged_backlog($1)",
                    (long) most);
            assertEquals(Math.min(most, 5), backlog.getLong("records"));
            assertEquals(9, backlog.getLong("minutes"));
        }
        assertEquals("at least 1,000,000", withStaged(1_000_000).stagedInWords());
        assertEquals("999,999", withStaged(999_999).stagedInWords());
    }

    @Test
    void knowsWhoHoldsRetentionBack() {
        var behind = at("behind", 9, Duration.ofHours(2));
        assertTrue(behind.holdsRetentionBack(Duration.ofHours(1)));
        assertFalse(behind.holdsRetentionBack(Duration.ofHours(2)));
        assertFalse(at("past", 10, Duration.ZERO).holdsRetentionBack(Duration.ofHours(1)));
    }

    private static Status.Consumer at(String name, long offset, Duration holdsFor) {
        return new Status.Consumer(
                name, offset, 20 - offset, Duration.ZERO, holdsFor, new Status.Counters(0, 0, 0, 0), null, null);
    }

    private static Status withStaged(long staged) {
        return new Status(null, staged, Duration.ZERO, null, List.of(), null, null, List.of(), null);
    }

    private Status status() throws TimeoutException {
        return read(() -> Future.succeededFuture(0L));
    }

    private Status read(Supplier<Future<Long>> entries) throws TimeoutException {
        return reader(entries).read().await(5, SECONDS);
    }

    private StatusReader reader(Supplier<Future<Long>> entries) {
        return new StatusReader(pool, settings(), ORDERS, entries);
    }

    private static Settings.Log settings() {
        return new Settings.Log("the-stream", 10_000, Settings.Delivery.IDEMPOTENT, Duration.ofDays(7), 1);
    }

    private void execute(String sql) throws TimeoutException {
        log.pool.query(sql).execute().await(5, SECONDS);
    }
}
