package rocketrides.rides;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import rocketrides.config.Settings;
import rocketrides.http.Refusal;
import rocketrides.log.Staging;
import rocketrides.rides.RideWriter.Booked;
import rocketrides.runtime.Events;
import rocketrides.runtime.Faults;
import rocketrides.testing.TestLog;
import rocketrides.testing.TestRole;

@ExtendWith(VertxExtension.class)
class RideWriterTest {
    private static final Duration HASTY = Duration.ofMillis(300);

    private TestLog log;
    private Vertx vertx;
    private Pool pool;
    private final List<Integer> staged = Collections.synchronizedList(new ArrayList<>());

    @BeforeEach
    void start(Vertx vertx) {
        this.vertx = vertx;
        log = new TestLog(vertx, Settings.Delivery.AT_LEAST_ONCE);
        Events.on(vertx, Events.Staged.class, event -> staged.add(event.records()));
        pool = log.pool(TestRole.API);
    }

    @AfterEach
    void stop() {
        log.close();
    }

    @Test
    void writesARideAndItsRecordExactly() throws TimeoutException {
        var id = writeAll(Faults.NONE, "123.450").get(0).result().id();

        var ride = rows("SELECT id, distance, created_at FROM rides").get(0);
        assertEquals(id, ride.getLong("id"));
        assertEquals(new BigDecimal("123.450"), ride.getBigDecimal("distance"));
        var record = rows("SELECT action, object, data::text, data->>'created_at' AS at FROM staged_log_records")
                .get(0);
        assertEquals("create", record.getString("action"));
        assertEquals("ride", record.getString("object"));
        var at = record.getString("at");
        assertEquals(
                "{\"id\": " + id + ", \"distance\": 123.450, \"created_at\": \"" + at + "\"}",
                record.getString("data"));
        assertEquals(ride.getOffsetDateTime("created_at").toInstant(), Instant.parse(at));
    }

    @Test
    void answersEachRequestWithTheIdOfItsOwnRide() throws TimeoutException {
        var distances = IntStream.rangeClosed(1, 5_000)
                .mapToObj(i -> BigDecimal.valueOf(i, 3).toPlainString())
                .toArray(String[]::new);
        var first = newWriter(Faults.NONE);
        var second = newWriter(Faults.NONE);
        var one = writeAll(first, distances);
        var two = writeAll(second, distances);
        settle(one);
        settle(two);

        var ids = new HashSet<Long>();
        var rides = rows("SELECT id, distance FROM rides");
        assertEquals(10_000, rides.size());
        var byId = new java.util.HashMap<Long, BigDecimal>();
        rides.forEach(row -> byId.put(row.getLong("id"), row.getBigDecimal("distance")));
        for (var answers : List.of(one, two)) {
            for (int i = 0; i < distances.length; i++) {
                var id = answers.get(i).result().id();
                assertTrue(ids.add(id), "id " + id + " was answered twice");
                assertEquals(new BigDecimal(distances[i]), byId.get(id));
            }
        }
        assertEquals(
                0,
                count("SELECT count(*) FROM rides r FULL JOIN staged_log_records s"
                        + " ON (s.data->>'id')::bigint = r.id AND (s.data->>'distance')::numeric = r.distance"
                        + " WHERE r.id IS NULL OR s.id IS NULL"));
    }

    /** Within a statement: two that are under way at once draw their ids in turns. */
    @Test
    void stagesInTheOrderOfTheIds() throws TimeoutException {
        writeAll(
                Faults.NONE, IntStream.range(1, 3_000).mapToObj(String::valueOf).toArray(String[]::new));
        assertEquals(
                0,
                count("SELECT count(*) FROM (SELECT (data->>'id')::bigint AS ride,"
                        + " lag((data->>'id')::bigint) OVER (PARTITION BY xmin::text ORDER BY id) AS before"
                        + " FROM staged_log_records) o WHERE ride < before"));
        assertEquals(2_999, count("SELECT count(*) FROM staged_log_records"));
    }

    @Test
    void requestsThatArriveTogetherShareOneStatement() throws Exception {
        writeAll(
                Faults.NONE,
                IntStream.rangeClosed(1, 500).mapToObj(String::valueOf).toArray(String[]::new));
        assertEquals(1, count("SELECT count(DISTINCT xmin::text) FROM rides"));
        assertEquals(List.of(500), List.copyOf(staged));
    }

    @Test
    void oneRideWhoseDataIsRefusedFailsAlone() throws TimeoutException {
        var answers = writeAll(Faults.NONE, "1.000", "-2.000", "3.000", "4000000000.000");

        assertTrue(answers.get(0).succeeded());
        assertEquals(
                "23514",
                assertInstanceOf(PgException.class, answers.get(1).cause()).getSqlState());
        assertTrue(answers.get(2).succeeded());
        assertEquals(
                "22003",
                assertInstanceOf(PgException.class, answers.get(3).cause()).getSqlState());
        assertEquals(2, count("SELECT count(*) FROM rides"));
        assertEquals(2, count("SELECT count(*) FROM staged_log_records"));
    }

    @Test
    void inOneBatchNoDuplicateAndNoBadRideHarmsItsNeighbours() throws TimeoutException {
        var earlier = keyed("1.000/before");
        settle(earlier);
        var answers = keyed(
                "1.000/before",
                "2.000/k",
                "2.000/k",
                "3.000/k",
                "4.000",
                "4.000",
                "-5.000/bad",
                "6.000/last",
                "7.000/before");
        settle(answers);

        assertEquals(
                new Booked(earlier.get(0).result().id(), true), answers.get(0).result());
        assertFalse(answers.get(1).result().replayed());
        assertEquals(
                new Booked(answers.get(1).result().id(), true), answers.get(2).result());
        assertEquals(
                422, assertInstanceOf(Refusal.class, answers.get(3).cause()).status());
        assertInstanceOf(PgException.class, answers.get(6).cause());
        assertEquals(
                422, assertInstanceOf(Refusal.class, answers.get(8).cause()).status());
        for (int i : new int[] {1, 4, 5, 7}) {
            var booked = answers.get(i).result();
            assertFalse(booked.replayed());
            assertEquals(
                    new BigDecimal(
                            List.of("1", "2", "2", "3", "4", "4", "5", "6").get(i) + ".000"),
                    rows("SELECT distance FROM rides WHERE id = " + booked.id())
                            .get(0)
                            .getBigDecimal(0));
        }
        assertEquals(5, count("SELECT count(*) FROM rides"));
        assertEquals(5, count("SELECT count(*) FROM staged_log_records"));
        assertEquals(List.of("before", "k", "last"), keys());
    }

    @Test
    void duplicatesAmongThousandsShareOneStatementAndExactAnswers() throws TimeoutException {
        var answers = keyed(IntStream.range(0, 1_000)
                .mapToObj(i -> i % 3 == 0 ? i + 1 + ".000" : i / 6 + 1 + ".000/key-" + i / 6)
                .toArray(String[]::new));
        settle(answers);
        assertEquals(1, count("SELECT count(DISTINCT xmin::text) FROM rides"));
        assertEquals(334 + 167, count("SELECT count(*) FROM rides"));
        for (int i = 0; i < 1_000; i++) {
            var distance = rows("SELECT distance FROM rides WHERE id = "
                            + answers.get(i).result().id())
                    .get(0)
                    .getBigDecimal(0);
            assertEquals(new BigDecimal((i % 3 == 0 ? i + 1 : i / 6 + 1) + ".000"), distance);
        }
    }

    private List<String> keys() throws TimeoutException {
        return rows("SELECT key FROM idempotency_keys ORDER BY key").stream()
                .map(row -> row.getString(0))
                .toList();
    }

    @Test
    void eachRecordOfABatchCarriesItsOwnTrace() throws TimeoutException {
        var writer = newWriter(Faults.NONE);
        var key = Optional.of(new IdempotencyKey("taken"));
        on(writer.context, () -> {
            var all = List.of(
                    writer.writer.write(new RideRequest(BigDecimal.ONE), Optional.empty(), "00-a"),
                    writer.writer.write(new RideRequest(BigDecimal.TEN), key, "00-b"),
                    writer.writer.write(new RideRequest(BigDecimal.TEN), key, "00-c"),
                    writer.writer.write(new RideRequest(new BigDecimal("1.500")), Optional.empty(), null));
            return Future.all(all).map(List.of());
        });
        var records = rows("SELECT data::text FROM staged_log_records ORDER BY id").stream()
                .map(row -> row.getString(0).replaceFirst("\"created_at\": \"[^\"]*\"", "…"))
                .toList();
        assertEquals(3, records.size(), records::toString);
        assertTrue(records.get(0).endsWith("\"distance\": 1.000, …, \"traceparent\": \"00-a\"}"), records::toString);
        assertTrue(records.get(1).endsWith("\"distance\": 10.000, …, \"traceparent\": \"00-b\"}"), records::toString);
        assertTrue(records.get(2).endsWith("\"distance\": 1.500, …}"), records::toString);
        assertEquals(1, rows("SELECT DISTINCT created_at FROM rides").size());
    }

    /** Rides as {@code distance/key} or {@code distance}, all written at once. */
    private List<Future<Booked>> keyed(String... rides) throws TimeoutException {
        var writer = newWriter(Faults.NONE);
        return on(writer.context, () -> {
            var answers = new ArrayList<Future<Booked>>();
            for (var ride : rides) {
                var parts = ride.split("/");
                answers.add(writer.writer.write(
                        new RideRequest(new BigDecimal(parts[0])),
                        parts.length == 1 ? Optional.empty() : Optional.of(new IdempotencyKey(parts[1])),
                        null));
            }
            return Future.succeededFuture(List.copyOf(answers));
        });
    }

    @Test
    void anInjectedFailureLeavesNothingAndSparesItsNeighbours() throws TimeoutException {
        var failed = new AtomicInteger();
        Events.on(vertx, Events.Failed.class, event -> failed.incrementAndGet());
        var calls = new AtomicInteger();
        var third = Faults.scripted(point -> point == Faults.Point.API_BEFORE_COMMIT && calls.incrementAndGet() == 3);

        var answers = writeAll(third, "1.000", "2.000", "3.000", "4.000");

        assertInstanceOf(Faults.SimulatedFailure.class, answers.get(2).cause());
        assertEquals(3, answers.stream().filter(Future::succeeded).count());
        assertEquals(
                new BigDecimal("7.000"),
                rows("SELECT sum(distance) FROM rides").get(0).getBigDecimal(0));
        assertEquals(3, count("SELECT count(*) FROM staged_log_records"));
        assertEquals(1, failed.get());
    }

    @Test
    void theUnluckyRideIsReallyInsertedBeforeItIsRolledBack() throws TimeoutException {
        var before = nextId();
        writeAll(Faults.scripted(point -> true), "1.000");
        assertEquals(before + 2, nextId());
        assertEquals(0, count("SELECT count(*) FROM rides"));
        assertEquals(0, count("SELECT count(*) FROM staged_log_records"));
    }

    @Test
    void refusesMoreThanMayWaitAndWritesTheRest() throws TimeoutException {
        var distances = Collections.nCopies(RideWriter.MAX_QUEUED + 2, "1.000").toArray(String[]::new);
        var answers = writeAll(Faults.NONE, distances);

        assertEquals(
                RideWriter.MAX_QUEUED,
                answers.stream().filter(Future::succeeded).count());
        var refusal = assertInstanceOf(
                Refusal.class, answers.get(RideWriter.MAX_QUEUED + 1).cause());
        assertEquals(503, refusal.status());
        assertEquals(RideWriter.MAX_QUEUED, count("SELECT count(*) FROM rides"));
        assertEquals(RideWriter.MAX_BATCH, Collections.max(staged));
    }

    /** Postgres is there and does not answer: here, because somebody holds the table. */
    @Test
    void whatWaitsTooLongIsAnsweredAndWhatWaitsBehindItIsNotTriedAnyMore() throws TimeoutException {
        var held = log.hold("LOCK TABLE rides IN EXCLUSIVE MODE");
        try {
            var distances =
                    Collections.nCopies(5 * RideWriter.MAX_BATCH, "1.000").toArray(String[]::new);
            var answers = writeAll(newWriter(Faults.NONE, HASTY), distances);
            settle(answers);
            answers.forEach(answer -> assertInstanceOf(TimeoutException.class, answer.cause()));
            assertEquals(
                    2,
                    count("SELECT count(*) FROM pg_stat_activity"
                            + " WHERE datname = current_database() AND wait_event_type = 'Lock'"));
        } finally {
            held.close();
        }
    }

    @Test
    void anInjectedFailureIsNotWaitedForForEverEither() throws TimeoutException {
        var held = log.hold("LOCK TABLE rides IN EXCLUSIVE MODE");
        try {
            var answers = writeAll(newWriter(Faults.scripted(point -> true), HASTY), "1.000");
            settle(answers);
            assertInstanceOf(TimeoutException.class, answers.get(0).cause());
        } finally {
            held.close();
        }
    }

    /** On a context of its own, as in a verticle. */
    private record Writer(Context context, RideWriter writer) {}

    private Writer newWriter(Faults faults) throws TimeoutException {
        return newWriter(faults, Duration.ofSeconds(10));
    }

    private Writer newWriter(Faults faults, Duration limit) throws TimeoutException {
        return on(vertx.getOrCreateContext(), () -> {
            var context = vertx.getOrCreateContext();
            return Future.succeededFuture(new Writer(
                    context,
                    new RideWriter(
                            vertx, new RideWriter.Parts(pool, new Staging(vertx, pool), faults, "api0"), limit)));
        });
    }

    private List<Future<Booked>> writeAll(Faults faults, String... distances) throws TimeoutException {
        var answers = writeAll(newWriter(faults), distances);
        settle(answers);
        return answers;
    }

    private static List<Future<Booked>> writeAll(Writer writer, String... distances) throws TimeoutException {
        return on(writer.context, () -> {
            var answers = new ArrayList<Future<Booked>>();
            for (var distance : distances) {
                answers.add(writer.writer.write(new RideRequest(new BigDecimal(distance)), Optional.empty(), null));
            }
            return Future.succeededFuture(List.copyOf(answers));
        });
    }

    private static void settle(List<Future<Booked>> answers) throws TimeoutException {
        Future.join(answers).otherwiseEmpty().await(30, SECONDS);
    }

    private static <T> T on(Context context, Supplier<Future<T>> work) throws TimeoutException {
        Promise<T> done = Promise.promise();
        context.runOnContext(ignored -> work.get().onComplete(done));
        return done.future().await(10, SECONDS);
    }

    private List<Row> rows(String sql) throws TimeoutException {
        var rows = new ArrayList<Row>();
        log.pool.query(sql).execute().await(10, SECONDS).forEach(rows::add);
        return rows;
    }

    private long count(String sql) throws TimeoutException {
        return rows(sql).get(0).getLong(0);
    }

    private long nextId() throws TimeoutException {
        return count("SELECT nextval('rides_id_seq')");
    }
}
