package rocketrides.consumer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static rocketrides.testing.TestLog.await;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import rocketrides.config.Settings.Delivery;
import rocketrides.consumer.Checkpoints.Batch;
import rocketrides.consumer.Checkpoints.Checkpoint;
import rocketrides.consumer.Checkpoints.Saved;
import rocketrides.consumer.Checkpoints.Saved.Outcome;
import rocketrides.log.LogRecord;
import rocketrides.rides.TotalDistance;
import rocketrides.runtime.Faults;
import rocketrides.testing.AnyStatements;
import rocketrides.testing.TestLog;
import rocketrides.testing.TestRole;

/** A save is one transaction, whatever its projection does. */
class PostgresCheckpointsTest {
    private static final TotalDistance TOTAL = new TotalDistance();

    private final TestLog log = new TestLog(Delivery.AT_LEAST_ONCE);

    @BeforeEach
    void seal() {
        log.stage(3);
        log.relay(log.streamer(log.stream(), Faults.NONE, 10));
        await(checkpoints(TOTAL).register());
    }

    @AfterEach
    void close() {
        log.close();
    }

    private Checkpoints checkpoints(Projection<?> projection) {
        return checkpoints(projection, log.pool(TestRole.CONSUMER));
    }

    private static Checkpoints checkpoints(Projection<?> projection, Pool pool) {
        return new PostgresCheckpoints(pool, Instance.of("c"), projection);
    }

    private Batch batch(long from, long to) {
        var segment = await(log.store.read(1, 1)).get(0);
        return new Batch(from, to, "0-0", List.of(segment.id()), segment.records(from + 1, to), 0, 0);
    }

    private void assertAt(long offset, long total) {
        assertEquals(offset, log.number("SELECT last_offset FROM checkpoints"));
        assertEquals(0, BigDecimal.valueOf(total).compareTo(log.total("c")));
    }

    /** Of all connections of the pool. */
    private void assertNoTransactionIsOpen() {
        for (int i = 0; i < 20; i++) {
            assertTrue(await(log.pool(TestRole.CONSUMER)
                            .query("SELECT now() = statement_timestamp()")
                            .execute())
                    .iterator()
                    .next()
                    .getBoolean(0));
        }
        assertEquals(
                0,
                log.number("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                        + " AND pid <> pg_backend_pid() AND state LIKE 'idle in transaction%'"));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void stateAndCheckpointMoveTogether(boolean single) {
        var checkpoints = checkpoints(single ? TOTAL : new AnyStatements<>(TOTAL));
        var saved = await(checkpoints.save(batch(0, 2)));
        assertEquals(new Saved(Outcome.DONE, 2, List.of(), "total_distance=3.000m"), saved);
        assertAt(2, 3);
        assertEquals(Outcome.MOVED, await(checkpoints.save(batch(0, 2))).outcome());
        assertAt(2, 3);
        assertEquals(Outcome.DONE, await(checkpoints.save(batch(2, 3))).outcome());
        assertAt(3, 6);
        assertNoTransactionIsOpen();
    }

    @Test
    void aProjectionMayReadBeforeItWrites() {
        var checkpoints = checkpoints(new AnyStatements<>(TOTAL, (instance, distances, transaction) -> transaction
                .preparedQuery("SELECT coalesce(sum(total_distance), 0) FROM total_distances WHERE consumer = $1")
                .execute(Tuple.of(instance.consumer()))
                .compose(rows -> transaction
                        .preparedQuery(
                                "INSERT INTO total_distances VALUES ($1, 1, $2 + 1)"
                                        + " ON CONFLICT (consumer, partition) DO UPDATE SET total_distance = excluded.total_distance")
                        .execute(Tuple.of(
                                instance.consumer(), rows.iterator().next().getBigDecimal(0))))
                .map("one more")));
        await(checkpoints.save(batch(0, 1)));
        assertEquals("one more", await(checkpoints.save(batch(1, 3))).shown());
        assertAt(3, 2);
    }

    /**
     * Broken: statements of the projection fail, and the projection says nothing and goes on. Must hold: nothing is saved.
     */
    @Test
    void aFailureThatTheProjectionKeepsToItselfIsNotSaved() {
        var checkpoints = checkpoints(new AnyStatements<>(TOTAL, (instance, distances, transaction) -> transaction
                .query("SELECT 1 / 0")
                .execute()
                .transform(failed -> transaction.query("SELECT 1").execute())
                .transform(failed -> TOTAL.apply(instance, distances, transaction))
                .transform(failed -> TOTAL.apply(instance, distances, transaction))
                .otherwise("all is well")));
        var failure = assertThrows(PgException.class, () -> await(checkpoints.save(batch(0, 3))));
        assertEquals("25P02", failure.getSqlState());
        assertAt(0, 0);
        assertNoTransactionIsOpen();
    }

    /** Broken: the checkpoint is elsewhere, and the projection goes on all the same. Must hold: it changes nothing. */
    @Test
    void whatAProjectionDoesAfterARefusalIsRolledBack() {
        await(checkpoints(TOTAL).save(batch(0, 3)));
        var checkpoints = checkpoints(new AnyStatements<>(TOTAL, (instance, distances, transaction) -> transaction
                .query("SELECT pg_sleep(0.1)")
                .execute()
                .transform(any -> TOTAL.apply(instance, distances, transaction))
                .otherwise("all is well")));
        assertEquals(Outcome.MOVED, await(checkpoints.save(batch(0, 3))).outcome());
        assertAt(3, 6);
        assertNoTransactionIsOpen();
    }

    @Test
    void aProjectionThatThrowsIsRolledBack() {
        var checkpoints = checkpoints(new AnyStatements<>(TOTAL, (instance, distances, transaction) -> {
            TOTAL.apply(instance, distances, transaction);
            throw new IllegalStateException("a bug");
        }));
        var failure = assertThrows(IllegalStateException.class, () -> await(checkpoints.save(batch(0, 3))));
        assertEquals("a bug", failure.getMessage());
        assertAt(0, 0);
        assertNoTransactionIsOpen();
    }

    /** Broken: somebody cancels BEGIN. Must hold: what would follow does not commit statement by statement. */
    @Test
    void nothingIsSavedWithoutATransaction() {
        var pool = cancelling("BEGIN", log.pool(TestRole.CONSUMER));
        var checkpoints = checkpoints(new AnyStatements<>(TOTAL), pool);
        assertThrows(PgException.class, () -> await(checkpoints.save(batch(0, 3))));
        assertAt(0, 0);
        assertNoTransactionIsOpen();
    }

    /** Broken: somebody cancels ROLLBACK. Must hold: the connection goes back to the pool clean, and the failure is told. */
    @Test
    void aRollbackThatIsCancelledIsRepeated() {
        var pool = cancelling("ROLLBACK", log.pool(TestRole.CONSUMER));
        var checkpoints = checkpoints(
                new AnyStatements<>(TOTAL, (consumer, distances, transaction) -> Future.failedFuture("no")), pool);
        var failure = assertThrows(Exception.class, () -> await(checkpoints.save(batch(0, 3))));
        assertEquals("no", failure.getMessage());
        assertAt(0, 0);
        assertNoTransactionIsOpen();
    }

    @Test
    void aChangeThatIsOneStatementIsSavedByOne() {
        var pool = instead(Pool.class, log.pool(TestRole.CONSUMER), (proxy, method, arguments) -> {
            assertEquals("preparedQuery", method.getName());
            return null;
        });
        assertEquals(
                "total_distance=6.000m",
                await(checkpoints(TOTAL, pool).save(batch(0, 3))).shown());
        assertAt(3, 6);
    }

    /** The total's events, with another statement. */
    private interface OtherStatement extends SingleStatement<BigDecimal> {
        @Override
        default String name() {
            return TOTAL.name();
        }

        @Override
        default BigDecimal read(LogRecord record) {
            return TOTAL.read(record);
        }

        @Override
        default Future<?> reset(String consumer, SqlConnection transaction) {
            return TOTAL.reset(consumer, transaction);
        }
    }

    private record OneStatement(String sql, Object... parameters) implements OtherStatement {
        @Override
        public Statement statement(Instance instance, List<BigDecimal> distances) {
            return sql == null ? null : new Statement(sql, Tuple.from(parameters));
        }
    }

    /** Broken: many rows, or none, are changed. Must hold: all are, and one of them is shown, or nothing. */
    @Test
    void aStatementMayChangeAnyNumberOfRows() {
        var many = "INSERT INTO total_distances SELECT name, 1, $1 FROM unnest(ARRAY['c', 'd', 'e']) name"
                + " RETURNING 'one of them' AS shown -- and what ends a line";
        var saved =
                await(checkpoints(new OneStatement(many, BigDecimal.valueOf(7))).save(batch(0, 2)));
        assertEquals("one of them", saved.shown());
        assertAt(2, 7);
        assertEquals(3, log.number("SELECT count(*) FROM total_distances"));
        var none = "UPDATE total_distances SET rides = 0 WHERE consumer = 'nobody' RETURNING consumer AS shown";
        assertNull(await(checkpoints(new OneStatement(none)).save(batch(2, 3))).shown());
        assertAt(3, 7);
    }

    /** Broken: the next save's statement is another one. Must hold: it is the one that is executed. */
    @Test
    void theTextOfAStatementMayChange() {
        var statements = List.of(
                        new OneStatement(
                                "INSERT INTO total_distances VALUES ('c', $1, $2) RETURNING 'first' AS shown",
                                2L,
                                BigDecimal.valueOf(3)),
                        new OneStatement(
                                "UPDATE total_distances SET total_distance = total_distance + $1 RETURNING 'second' AS shown",
                                BigDecimal.valueOf(4)),
                        new OneStatement(
                                "UPDATE total_distances SET total_distance = $1 RETURNING 'third' AS shown",
                                BigDecimal.valueOf(5)))
                .iterator();
        OtherStatement next = (instance, distances) -> statements.next().statement(instance, distances);
        var checkpoints = checkpoints(next);
        assertEquals("first", await(checkpoints.save(batch(0, 1))).shown());
        assertAt(1, 3);
        assertEquals("second", await(checkpoints.save(batch(1, 2))).shown());
        assertAt(2, 7);
        assertEquals("third", await(checkpoints.save(batch(2, 3))).shown());
        assertAt(3, 5);
    }

    /** Broken: a statement that cannot work, or looks at what is ours. Must hold: the save fails, and nothing is saved. */
    @Test
    void aStatementThatCannotWorkSavesNothing() {
        var insert = "INSERT INTO total_distances VALUES ('c', $1, 0) RETURNING 'wrong' AS shown";
        var failures = Map.of(
                new OneStatement(null), "the projection \"total_distance\" answered null, allowed is a statement",
                new OneStatement(insert, "three"), "Parameter at position[0]",
                new OneStatement(insert), "uses $1, but has parameters up to $0 only",
                new OneStatement("DELETE FROM total_distances"), "does not have a RETURNING clause",
                new OneStatement("DELETE FROM total_distances USING moved RETURNING '' AS shown"),
                        "\"moved\" does not exist");
        failures.forEach((projection, why) -> {
            var failure = assertThrows(
                    Exception.class, () -> await(checkpoints(projection).save(batch(0, 3))));
            assertTrue(failure.getMessage().contains(why), failure::toString);
            assertAt(0, 0);
        });
        assertNoTransactionIsOpen();
    }

    /** Broken: a projection waits for ever, so Postgres ends its session. Must hold: the save fails. */
    @Test
    void aProjectionThatNeverAnswersFailsWithItsSession() {
        var checkpoints = checkpoints(new AnyStatements<>(TOTAL, (instance, distances, transaction) -> {
            transaction.query("SELECT pg_terminate_backend(pg_backend_pid())").execute();
            return Promise.<String>promise().future();
        }));
        var failure = assertThrows(Exception.class, () -> await(checkpoints.save(batch(0, 3))));
        assertEquals("c's session ended before the projection \"total_distance\" had answered", failure.getMessage());
    }

    @Test
    void aProjectionThatAnswersNullIsNamed() {
        var checkpoints = checkpoints(new AnyStatements<>(TOTAL, (instance, distances, transaction) -> null));
        var failure = assertThrows(NullPointerException.class, () -> await(checkpoints.save(batch(0, 3))));
        assertEquals("the projection \"total_distance\" answered null, allowed is a future", failure.getMessage());
        assertAt(0, 0);
        assertNoTransactionIsOpen();
    }

    /** Broken: the client refuses to send a statement, so the server does not know of it. Must hold: nothing is saved. */
    @Test
    void aStatementThatWasNeverSentIsNotPassedOver() {
        var checkpoints = checkpoints(new AnyStatements<>(TOTAL, (instance, distances, transaction) -> transaction
                .preparedQuery("INSERT INTO total_distances VALUES ($1, $2, 0)")
                .execute(Tuple.of(instance.consumer(), "three"))
                .mapEmpty()));
        assertThrows(Exception.class, () -> await(checkpoints.save(batch(0, 3))));
        assertAt(0, 0);
        assertNoTransactionIsOpen();
    }

    /** Broken: one record makes no sense, at another one the projection breaks, and the third is of no interest. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void whatTheProjectionCannotReadIsSetAside(boolean single) {
        log.stageRaw("note", "ride", "{}");
        log.relay(log.streamer(log.stream(), Faults.NONE, 10));
        var picky = new Picky();
        var checkpoints = checkpoints(single ? picky : new AnyStatements<>(picky));
        var saved = await(checkpoints.save(batch(0, 3)));
        assertEquals(1, saved.applied());
        assertEquals(Map.of(1L, "x".repeat(1_000), 2L, "java.lang.IllegalStateException: a bug"), saved.reasons());
        assertEquals("total_distance=3.000m", saved.shown());
        assertAt(3, 3);
        assertEquals(2, log.number("SELECT rejected FROM checkpoints"));
        assertEquals(
                "c 2 java.lang.IllegalStateException: a bug create ride {\"id\": 2, \"distance\": 2.000}",
                log.row(
                                "SELECT consumer || ' ' || \"offset\" || ' ' || reason || ' ' || action || ' ' || object || ' ' || data"
                                        + " FROM rejected_records WHERE \"offset\" = 2")
                        .getString(0));
        assertEquals(2, log.number("SELECT count(*) FROM rejected_records"));
        var note = await(log.store.read(4, 1)).get(0);
        var ignored = new Batch(3, 4, "7-0", List.of(note.id()), note.records(4, 4), 5, 1);
        assertEquals(new Saved(Outcome.DONE, 0, List.of(), null), await(checkpoints.save(ignored)));
        assertEquals(
                new Checkpoint(4, "7-0", 4, true), await(checkpoints.load()).orElseThrow());
        assertEquals(51, log.number("SELECT duplicates_skipped * 10 + gaps_healed FROM checkpoints"));
    }

    private static final class Picky implements SingleStatement<BigDecimal> {
        @Override
        public String name() {
            return TOTAL.name();
        }

        @Override
        public BigDecimal read(LogRecord record) {
            if (record.offset() == 1) {
                throw new IllegalArgumentException("x".repeat(1_001));
            }
            if (record.offset() == 2) {
                throw new IllegalStateException("a bug");
            }
            return TOTAL.read(record);
        }

        @Override
        public Statement statement(Instance instance, List<BigDecimal> distances) {
            return TOTAL.statement(instance, distances);
        }

        @Override
        public Future<?> reset(String consumer, SqlConnection transaction) {
            return TOTAL.reset(consumer, transaction);
        }
    }

    @Test
    void isLoadedWithTheHeadAndCountsItsOwnCrashes() {
        var other = new PostgresCheckpoints(log.pool(TestRole.CONSUMER), Instance.of("other"), TOTAL);
        assertEquals(Optional.empty(), await(other.load()));
        await(other.register());
        await(checkpoints(TOTAL).save(batch(0, 2)));
        assertEquals(
                new Checkpoint(2, "0-0", 3, true),
                await(checkpoints(TOTAL).load()).orElseThrow());
        assertEquals(new Checkpoint(0, "0-0", 3, true), await(other.load()).orElseThrow());
        await(checkpoints(TOTAL).countCrash());
        assertEquals(1, log.number("SELECT simulated_crashes FROM checkpoints WHERE name = 'c'"));
        assertEquals(1, log.number("SELECT sum(simulated_crashes)::bigint FROM checkpoints"));
    }

    @Test
    void aProjectionTakesPartInTheRegistrationOfItsConsumerOnce() {
        var late = new PostgresCheckpoints(
                log.pool(TestRole.CONSUMER),
                Instance.of("late"),
                new Registering("INSERT INTO"
                        + " total_distances SELECT name, last_offset, 7 FROM checkpoints WHERE name = $1"));
        await(late.register());
        await(late.register());
        assertEquals(BigDecimal.valueOf(7), log.total("late"));
        var failing = new PostgresCheckpoints(
                log.pool(TestRole.CONSUMER), Instance.of("never"), new Registering("SELECT $1::text::int"));
        assertThrows(PgException.class, () -> await(failing.register()));
        assertEquals(0, log.number("SELECT count(*) FROM checkpoints WHERE name = 'never'"));
    }

    private record Registering(String sql) implements Projection<String> {
        @Override
        public String name() {
            return "registering";
        }

        @Override
        public String read(LogRecord record) {
            return null;
        }

        @Override
        public Future<String> apply(Instance instance, List<String> events, SqlConnection transaction) {
            return Future.succeededFuture();
        }

        @Override
        public Future<?> reset(String consumer, SqlConnection transaction) {
            return Future.succeededFuture();
        }

        @Override
        public Future<?> register(String consumer, SqlConnection transaction) {
            return transaction.preparedQuery(sql).execute(Tuple.of(consumer));
        }
    }

    /** With connections on which the statement fails the first time. */
    private static Pool cancelling(String statement, Pool pool) {
        return instead(
                Pool.class,
                pool,
                (proxy, method, arguments) -> method.getName().equals("getConnection")
                        ? pool.getConnection().map(connection -> cancelling(statement, connection))
                        : null);
    }

    private static SqlConnection cancelling(String statement, SqlConnection connection) {
        var failures = new AtomicInteger(1);
        return instead(
                SqlConnection.class,
                connection,
                (proxy, method, arguments) -> method.getName().equals("query")
                                && arguments[0].equals(statement)
                                && failures.getAndDecrement() > 0
                        ? connection.query("SELECT 1 / 0")
                        : null);
    }

    /** Null: whatever the target does. */
    private static <T> T instead(Class<T> type, T target, InvocationHandler some) {
        return type.cast(
                Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (proxy, method, arguments) -> {
                    var result = some.invoke(proxy, method, arguments);
                    try {
                        return result == null ? method.invoke(target, arguments) : result;
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                }));
    }
}
