package rocketrides.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static rocketrides.testing.Eventually.eventually;
import static rocketrides.testing.TestLog.await;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.junit5.VertxExtension;
import io.vertx.pgclient.PgException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import rocketrides.config.Settings.Delivery;
import rocketrides.runtime.Events;
import rocketrides.testing.TestLog;
import rocketrides.testing.TestRole;

@ExtendWith(VertxExtension.class)
class StagingTest {
    private static final JsonObject DATA = new JsonObject().put("id", 1);

    private final List<Integer> told = new CopyOnWriteArrayList<>();
    private TestLog log;
    private Staging staging;

    @BeforeEach
    void start(Vertx vertx) {
        log = new TestLog(vertx, Delivery.AT_LEAST_ONCE);
        staging = new Staging(vertx, log.pool(TestRole.API));
        Events.on(vertx, Events.Staged.class, event -> told.add(event.records()));
    }

    @AfterEach
    void close() {
        log.close();
    }

    @Test
    void whatATransactionStagesIsThereWhenItCommitsAndIsTold() {
        var result = await(staging.inTransaction(tx -> staging.stage(tx, "create", "order", DATA)
                .compose(one -> staging.stage(tx, "pay", "order", DATA))
                .map("done")));
        assertEquals("done", result);
        assertEquals(
                2,
                log.number("SELECT count(*) FROM staged_log_records WHERE object = 'order' AND data = '{\"id\": 1}'"));
        staging.staged(5);
        assertEquals(List.of(2, 5), awaitTold(2));
    }

    @Test
    void whatATransactionThatFailsHasStagedIsNotThereAndNotTold() {
        var failure = new IllegalStateException("no");
        assertEquals(
                failure,
                assertThrows(
                        IllegalStateException.class,
                        () -> await(staging.inTransaction(tx -> staging.stage(tx, "create", "order", DATA)
                                .compose(staged -> Future.failedFuture(failure))))));
        assertThrows(
                IllegalStateException.class,
                () -> await(staging.inTransaction(tx -> {
                    throw failure;
                })));
        assertEquals("staged", await(staging.inTransaction(tx -> Future.succeededFuture("staged"))));
        assertEquals(0, log.number("SELECT count(*) FROM staged_log_records"));
        staging.staged(5);
        assertEquals(List.of(5), awaitTold(1));
    }

    @Test
    void aRecordThatIsRefusedFailsItsTransaction() {
        var refused = assertThrows(
                PgException.class,
                () -> await(staging.inTransaction(tx -> staging.stage(tx, "Create", "order", DATA))));
        assertEquals("stage_record: action is 'Create', allowed are 1 to 64 of a-z and _", refused.getErrorMessage());
        assertEquals(0, log.number("SELECT count(*) FROM staged_log_records"));
    }

    @Test
    void theFunctionSaysWhatIsWrong() {
        refuses("'', 'b', '{}'", "action is '', allowed are 1 to 64 of a-z and _");
        refuses("NULL, 'b', '{}'", "action is NULL, allowed are 1 to 64 of a-z and _");
        refuses("E'a\\n', 'b', '{}'", "action is 'a\n', allowed are 1 to 64 of a-z and _");
        refuses("'a', 'it''s', '{}'", "object is 'it''s', allowed are 1 to 64 of a-z and _");
        refuses("'a', repeat('b', 100), '{}'", "object is '" + "b".repeat(80) + "', allowed are 1 to 64 of a-z and _");
        refuses("'a', 'b', NULL", "data is NULL, allowed is a JSON value");
        refuses("'a', 'b', to_jsonb(repeat('x', 1048575))", "data has 1048577 bytes, allowed are 1048576");
        log.sql("SELECT stage_record(repeat('a', 64), repeat('b', 64), to_jsonb(repeat('x', 1048574)))");
        log.sql("SELECT stage_record('a', 'b', 'null')");
        assertEquals(
                2, log.number("SELECT count(*) FROM staged_log_records WHERE staged_at > now() - interval '1 min'"));
    }

    private void refuses(String arguments, String why) {
        var refused = assertThrows(PgException.class, () -> log.sql("SELECT stage_record(" + arguments + ")"));
        assertEquals("stage_record: " + why, refused.getErrorMessage());
        assertEquals("22023", refused.getSqlState());
    }

    private List<Integer> awaitTold(int count) {
        eventually(() -> count + " events: " + told, () -> told.size() >= count);
        return told;
    }
}
