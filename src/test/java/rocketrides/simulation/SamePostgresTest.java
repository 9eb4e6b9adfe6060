package rocketrides.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static rocketrides.TestLog.await;

import io.vertx.core.Future;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import rocketrides.TestLog;
import rocketrides.TestRole;
import rocketrides.config.Settings.Delivery;
import rocketrides.consumer.Checkpoints.Batch;
import rocketrides.consumer.Checkpoints.Rejected;
import rocketrides.consumer.PostgresCheckpoints;
import rocketrides.consumer.Projection;
import rocketrides.consumer.Transaction;
import rocketrides.log.LogRecord;
import rocketrides.log.Segment;
import rocketrides.log.SegmentId;
import rocketrides.log.SegmentStore.FloorSample;

/** The same random commands to the simulated Postgres and to a real one: every answer is the same. */
class SamePostgresTest {
    private static final int COMMANDS = 400;

    private final TestLog real = new TestLog(Delivery.AT_LEAST_ONCE);
    private final World world = new World(1, 1_000, false);
    private final SimulatedPostgres postgres = new SimulatedPostgres(world, Mutant.NONE);
    private final Client client = new Client(world, "client");
    private final SimulatedSegmentStore simulated = new SimulatedSegmentStore(postgres, client);

    /** Transactions that are open in both. */
    private record Open(SqlConnection connection, Writer writer) {}

    private final List<Open> open = new ArrayList<>();
    private final List<Segment> known = new ArrayList<>();
    private FloorSample realSample;
    private FloorSample simulatedSample;
    private Dice dice;

    @AfterEach
    void close() {
        open.forEach(one -> one.connection().close());
        real.close();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void everyAnswerIsTheSame(long seed) {
        dice = new Dice(seed);
        for (int i = 0; i < COMMANDS; i++) {
            command(dice.below(13));
            assertEquals(real.number("SELECT floor FROM log_head"), postgres.tables.floor, "floor after command " + i);
            assertEquals(real.number("SELECT published FROM log_cursor"), postgres.tables.published);
        }
        assertTrue(known.size() > 10 && postgres.tables.published > 0 && postgres.tables.floor > 0);
    }

    private void command(int which) {
        switch (which) {
            case 0, 1 -> begin(dice.between(1, 4));
            case 2 -> end();
            case 3, 4 -> seal(dice.between(1, 5));
            case 5 -> sealWhileSomebodySeals();
            case 6 -> {
                int limit = dice.between(1, 4);
                same(real.store.unpublished(limit), simulated.unpublished(limit));
                long offset = dice.between(1, (int) postgres.tables.nextOffset + 2);
                same(real.store.read(offset, limit), simulated.read(offset, limit));
            }
            case 7 -> mark();
            case 8 -> retain();
            case 9 -> floor();
            case 10 -> setSequenceBack();
            case 11 -> load("consumer" + dice.below(3));
            default -> save("consumer" + dice.below(3));
        }
    }

    private <T> T same(Future<T> theirs, Future<T> ours) {
        var answer = await(theirs);
        assertEquals(answer, result(ours));
        return answer;
    }

    private <T> T result(Future<T> future) {
        while (!future.isComplete()) {
            assertTrue(world.step());
        }
        return future.result();
    }

    /** The rides of a transaction that is not over; most often it is, at once. */
    private void begin(int rides) {
        var writer = new Writer(postgres, rides, dice.oneIn(4), Long.MAX_VALUE / 4);
        world.ready(writer);
        while (!writer.drawn()) {
            world.step();
        }
        var connection = await(real.pool.getConnection());
        await(connection.query("BEGIN").execute());
        await(connection
                .preparedQuery("INSERT INTO staged_log_records (action, object, data)"
                        + " SELECT 'create', 'ride', to_jsonb(g) FROM generate_series($1::bigint, $2::bigint) g")
                .execute(Tuple.of(writer.firstRide(), writer.firstRide() + rides - 1)));
        open.add(new Open(connection, writer));
        if (open.size() > 3 || !dice.oneIn(3)) {
            end();
        }
    }

    private void end() {
        if (!open.isEmpty()) {
            var one = open.remove(dice.below(open.size()));
            await(one.connection()
                    .query(one.writer().rollsBack() ? "ROLLBACK" : "COMMIT")
                    .execute());
            await(one.connection().close());
            one.writer().run();
        }
    }

    private void seal(int limit) {
        var bounds = await(real.store.seal(limit));
        if (bounds.isPresent()) {
            var tag = real.row("SELECT tag FROM log_segments ORDER BY first_offset DESC LIMIT 1")
                    .getUUID(0);
            postgres.tags = () -> tag;
        }
        assertEquals(bounds, result(simulated.seal(limit)));
        if (bounds.isPresent()) {
            var segment = await(real.store.read(bounds.get().firstOffset(), 1)).get(0);
            assertEquals(
                    segment, result(simulated.read(segment.firstOffset(), 1)).get(0));
            known.add(segment);
            var stored = postgres.everSealed(segment.tag());
            stored.sendAll();
            if (dice.oneIn(2)) {
                stored.sealedAt -= Duration.ofDays(2).toMillis();
                real.sql(
                        "UPDATE log_segments SET sealed_at = sealed_at - interval '2 days' WHERE first_offset = $1",
                        segment.firstOffset());
            }
        }
    }

    private void sealWhileSomebodySeals() {
        var connection = await(real.pool.getConnection());
        await(connection.query("BEGIN").execute());
        await(connection.query("SELECT FROM log_head FOR UPDATE").execute());
        var other = new Query<>(client, postgres, "holds the head row", () -> 0);
        assertTrue(postgres.head.tryTake(other));
        same(real.store.seal(3), simulated.seal(3));
        await(connection.query("ROLLBACK").execute());
        await(connection.close());
        postgres.head.release();
    }

    private Segment any() {
        var segment = known.get(dice.below(known.size()));
        return dice.oneIn(6)
                ? new Segment(segment.firstOffset(), segment.lastOffset(), new UUID(0, 7), segment.lines())
                : segment;
    }

    private void mark() {
        if (!known.isEmpty()) {
            var next = result(simulated.unpublished(1));
            var segment = next.isEmpty() || dice.oneIn(3) ? any() : next.get(0);
            same(real.store.mark(segment), simulated.mark(segment));
            same(real.store.holds(segment.id()), simulated.holds(segment.id()));
        }
    }

    private void retain() {
        var age = dice.oneIn(2) ? Duration.ZERO : Duration.ofDays(1);
        world.leap(10_000_000);
        same(real.store.retain(age), simulated.retain(age));
    }

    private void floor() {
        if (realSample == null) {
            realSample = await(real.store.sampleFloor());
            simulatedSample = result(simulated.sampleFloor());
            assertEquals(realSample.highestId(), simulatedSample.highestId());
            assertEquals(realSample.writers().size(), simulatedSample.writers().size());
        } else if (same(real.store.raiseFloor(realSample), simulated.raiseFloor(simulatedSample))) {
            realSample = null;
        }
    }

    private void setSequenceBack() {
        if (dice.oneIn(4)) {
            long next = 1
                    + postgres.tables.staged.stream()
                            .mapToLong(row -> row.id)
                            .max()
                            .orElse(0);
            postgres.tables.nextId = next;
            postgres.tables.truth.sequenceSetBack();
            real.sql("SELECT setval('staged_log_records_id_seq', $1, false)", next);
        }
        same(real.store.lowerFloor(), simulated.lowerFloor());
    }

    private PostgresCheckpoints<Long> checkpoints(String name) {
        return new PostgresCheckpoints<>(real.pool(TestRole.CONSUMER), name, new Sum());
    }

    private void load(String name) {
        var ours = new SimulatedCheckpoints(postgres, client, name);
        var stored = same(checkpoints(name).load(), ours.load());
        if (stored.isEmpty()) {
            same(checkpoints(name).register(), ours.register());
            same(checkpoints(name).load(), ours.load());
        }
    }

    /** Now and then from a wrong place, or of another history. */
    private void save(String name) {
        var row = postgres.tables.checkpoint(name);
        if (row == null || row.offset == postgres.tables.nextOffset - 1) {
            return;
        }
        long from = row.offset;
        var segment = result(simulated.read(from + 1, 1)).get(0);
        var records = segment.records(from + 1, segment.lastOffset());
        var tag = dice.oneIn(5) ? new UUID(0, 9) : segment.tag();
        long claimed = dice.oneIn(5) ? from + 1 : from;
        var batch = new Batch<>(
                claimed,
                segment.lastOffset(),
                segment.lastOffset() + "-0",
                List.of(new SegmentId(segment.firstOffset(), tag)),
                records.stream()
                        .map(SamePostgresTest::ride)
                        .filter(RideNumbers::readable)
                        .toList(),
                records.stream()
                        .filter(record -> !RideNumbers.readable(ride(record)))
                        .map(record -> new Rejected(record, "unreadable"))
                        .toList(),
                0,
                0);
        var theirs = await(checkpoints(name).save(batch));
        var ours = result(new SimulatedCheckpoints(postgres, client, name).save(batch));
        assertEquals(theirs.outcome(), ours.outcome());
        assertEquals(
                real.row(
                                "SELECT coalesce(sum(total_distance), 0)::bigint FROM total_distances WHERE consumer = $1",
                                name)
                        .getLong(0),
                row.total);
        load(name);
    }

    private static long ride(LogRecord record) {
        return Long.parseLong(record.data());
    }

    private static final class Sum implements Projection<Long> {
        @Override
        public String name() {
            return "sum";
        }

        @Override
        public Long read(LogRecord record) {
            return ride(record);
        }

        @Override
        public void apply(List<Long> rides, Transaction transaction) {
            transaction.execute(
                    """
                    INSERT INTO total_distances AS t (consumer, rides, total_distance) VALUES ($1, $2, $3)
                    ON CONFLICT (consumer) DO UPDATE SET total_distance = t.total_distance + excluded.total_distance""",
                    transaction.consumer(),
                    (long) rides.size(),
                    java.math.BigDecimal.valueOf(
                            rides.stream().mapToLong(Truth::distance).sum()));
        }

        @Override
        public void reset(Transaction transaction) {
            throw new UnsupportedOperationException("nothing is rewound here");
        }
    }
}
