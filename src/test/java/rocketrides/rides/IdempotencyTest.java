package rocketrides.rides;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static rocketrides.testing.Eventually.eventually;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.junit5.VertxExtension;
import io.vertx.sqlclient.Pool;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import rocketrides.runtime.Events;
import rocketrides.runtime.Faults;
import rocketrides.testing.TestApi;
import rocketrides.testing.TestApi.Answer;
import rocketrides.testing.TestLog;
import rocketrides.testing.TestRole;
import rocketrides.testing.TestServers;

/** One key, one ride: whatever the client, the network and the servers do in between. */
@ExtendWith(VertxExtension.class)
class IdempotencyTest {
    private final ExecutorService clients = Executors.newFixedThreadPool(50);
    private TestApi api;
    private int port;

    @BeforeEach
    void deploy(Vertx vertx) {
        api = new TestApi(vertx);
        port = api.deploy();
    }

    @AfterEach
    void stop() {
        clients.shutdownNow();
        api.close();
    }

    @Test
    void theSameKeyAndBodyGetTheFirstAnswerAgain() throws Exception {
        var first = TestApi.book(port, "k1", "12.34");
        var second = TestApi.book(port, "k1", "12.34");

        assertEquals(201, first.status());
        assertNull(first.headers().get("idempotent-replayed"));
        assertEquals("true", second.headers().get("idempotent-replayed"));
        assertEquals(201, second.status());
        assertEquals(first.body(), second.body());
        assertEquals(first.headers().get("location"), second.headers().get("location"));
        assertEquals(1, api.count("rides"));
        assertEquals(1, api.count("staged_log_records"));
    }

    @Test
    void theSameRequestInOtherWordsIsTheSame() throws Exception {
        var id = TestApi.book(port, "k1", "12.50").json().getLong("id");
        assertEquals(id, TestApi.book(port, "k1", "1.25e1").json().getLong("id"));
        var form = TestApi.send(
                port,
                "POST",
                "/rides",
                Map.of("Content-Type", "application/x-www-form-urlencoded", "Idempotency-Key", "\"k1\""),
                "distance=12.5");
        assertEquals(id, form.json().getLong("id"));
        assertEquals(1, api.count("rides"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"12.35", "12.3400001"})
    void theSameKeyWithAnotherBodyIsRefused(String other) throws Exception {
        TestApi.book(port, "k1", "12.34");
        var answer = TestApi.book(port, "k1", other);
        assertEquals(422, answer.status());
        assertEquals("Idempotency-Key was used for another request already. Use a new one.", answer.error());
        assertEquals(1, api.count("rides"));
        assertEquals(201, TestApi.book(port, "k1", "12.34").status());
    }

    @Test
    void otherKeysAndNoKeysMakeOtherRides() throws Exception {
        var ids = new ArrayList<Long>();
        ids.add(TestApi.book(port, "k1", "1").json().getLong("id"));
        ids.add(TestApi.book(port, "k2", "1").json().getLong("id"));
        for (int i = 0; i < 2; i++) {
            var json = Map.of("Content-Type", "application/json");
            ids.add(TestApi.send(port, "POST", "/rides", json, "{\"distance\": 1}")
                    .json()
                    .getLong("id"));
        }
        assertEquals(4, ids.stream().distinct().count());
        assertEquals(2, api.count("idempotency_keys"));
    }

    @Test
    void whatLooksLikeSqlInAKeyIsOnlyText() throws Exception {
        var key = "'); DROP TABLE rides; -- \\\" %s $1";
        assertEquals(201, TestApi.book(port, '"' + key + '"', "1").status());
        assertEquals(
                key.replace("\\\"", "\""),
                api.log.row("SELECT key FROM idempotency_keys").getString(0));
        assertEquals(1, api.count("rides"));
    }

    @Test
    void aRefusedRequestLeavesItsKeyFree() throws Exception {
        assertEquals(422, TestApi.book(port, "k1", "-1").status());
        var answer = TestApi.book(port, "k1", "1");
        assertEquals(201, answer.status());
        assertFalse(answer.headers().containsKey("idempotent-replayed"));
    }

    @Test
    void aRideThatIsRolledBackLeavesItsKeyFree() throws Exception {
        var calls = new AtomicInteger();
        var unlucky = api.deploy(
                api.pool,
                Faults.scripted(p -> p == Faults.Point.API_BEFORE_COMMIT && calls.incrementAndGet() < 3),
                TestApi.DEFAULTS);
        assertEquals(500, TestApi.book(unlucky, "k1", "1").status());
        assertEquals(500, TestApi.book(unlucky, "k1", "1").status());
        assertEquals(0, api.count("idempotency_keys"));
        assertFalse(TestApi.book(unlucky, "k1", "1").headers().containsKey("idempotent-replayed"));
        assertTrue(TestApi.book(unlucky, "k1", "1").headers().containsKey("idempotent-replayed"));
        assertEquals(1, api.count("rides"));
    }

    /** Two instances of one process and one of another, so to speak: with its own event loops and connections. */
    @Test
    void fiftyAtOnceOnThreeInstancesMakeOneRide() throws Exception {
        var elsewhere = Vertx.vertx();
        try {
            Events.register(elsewhere);
            var postgres = TestServers.connect(elsewhere, api.log.postgresUri(TestRole.API), 4);
            var ports = List.of(
                    port,
                    api.deploy(),
                    TestApi.deploy(elsewhere, postgres.pool(), Faults.NONE, TestApi.DEFAULTS, List.of()));
            for (int round = 0; round < 20; round++) {
                var key = "round-" + round;
                var tasks = new ArrayList<Callable<Answer>>();
                for (int i = 0; i < 50; i++) {
                    var at = ports.get(i % 3);
                    var distance = i == 49 ? "7" : "5"; // somebody else's request with the same key
                    tasks.add(() -> TestApi.book(at, key, distance));
                }
                var answers = done(clients.invokeAll(tasks));
                var won = answers.stream()
                        .filter(a -> a.status() == 201 && !a.headers().containsKey("idempotent-replayed"))
                        .toList();
                assertEquals(1, won.size(), "made a ride");
                var id = won.get(0).json().getLong("id");
                for (var answer : answers) {
                    assertTrue(answer.status() == 422 || id.equals(answer.json().getLong("id")), answer.body());
                }
                assertTrue(answers.get(49) == won.get(0) || answers.get(49).status() == 422);
                assertEquals(round + 1, api.count("rides"));
                assertEquals(round + 1, api.count("staged_log_records"));
            }
        } finally {
            TestLog.await(elsewhere.close());
        }
    }

    @Test
    void everyRequestSentTwiceAtOnceMakesEachRideOnce() throws Exception {
        var second = api.deploy();
        var tasks = new ArrayList<Callable<Map.Entry<String, Answer>>>();
        for (int i = 0; i < 1_000; i++) {
            var key = "ride-" + i;
            var distance = String.valueOf(i + 1);
            tasks.add(() -> Map.entry(key, TestApi.book(port, key, distance)));
            tasks.add(() -> Map.entry(key, TestApi.book(second, key, distance)));
        }
        Collections.shuffle(tasks, new Random(4));
        var ids = new HashMap<String, Long>();
        var replayed = 0;
        for (var entry : done(clients.invokeAll(tasks))) {
            var answer = entry.getValue();
            assertEquals(201, answer.status(), answer.body());
            replayed += answer.headers().containsKey("idempotent-replayed") ? 1 : 0;
            var id = answer.json().getLong("id");
            assertEquals(id, ids.computeIfAbsent(entry.getKey(), k -> id));
        }
        assertEquals(1_000, replayed);
        assertEquals(1_000, api.count("rides"));
        assertEquals(
                1_000,
                api.log.number("SELECT count(*) FROM idempotency_keys k JOIN rides r ON r.id = k.ride"
                        + " AND k.key = 'ride-' || (r.distance - 1)::int"));
        assertEquals(
                1_000,
                api.log.number("SELECT count(*) FROM rides r JOIN staged_log_records s"
                        + " ON (s.data->>'id')::bigint = r.id AND (s.data->>'distance')::numeric = r.distance"));
    }

    /** The first batch is held up in its middle; whoever had taken its keys in the order of the requests would meet it. */
    @Test
    void batchesWithTheSameKeysInDifferentOrdersNeverWaitForEachOther() {
        var holder = TestLog.await(api.log.pool.getConnection());
        TestLog.await(holder.query("BEGIN; INSERT INTO idempotency_keys VALUES ('m', 'f', 0)")
                .execute());
        var first = RideInsert.insert(api.pool, orders("z", "m", "a"));
        waitUntilBlocked(1);
        var second = RideInsert.insert(api.pool, orders("a", "z", "b"));
        waitUntilBlocked(2);
        TestLog.await(holder.query("ROLLBACK").execute());
        TestLog.await(holder.close());

        assertEquals(3, TestLog.await(first).stream().filter(Objects::nonNull).count());
        var ids = TestLog.await(second);
        assertNull(ids.get(0));
        assertNull(ids.get(1));
        assertNotEquals(null, ids.get(2));
        assertEquals(4, api.count("rides"));
        assertEquals(4, api.count("staged_log_records"));
    }

    private static List<RideInsert.Order> orders(String... keys) {
        return Arrays.stream(keys)
                .map(key -> new RideInsert.Order(BigDecimal.ONE, key, Buffer.buffer("f"), null))
                .toList();
    }

    /** Broken: sessions of the api are killed while they insert. Must hold: clients that ask until they know make a ride each. */
    @Test
    void askingUntilThereIsAnAnswerMakesEachRideOnceThoughPostgresDropsUs() throws Exception {
        var second = api.deploy();
        var unlucky = api.deploy(
                api.pool, Faults.random(Map.of(Faults.Point.API_BEFORE_COMMIT, 0.2), 1, "api2"), TestApi.DEFAULTS);
        var failures = new AtomicInteger();
        var tasks = new ArrayList<Callable<Long>>();
        for (int i = 0; i < 300; i++) {
            var key = "ride-" + i;
            tasks.add(() -> {
                for (int attempt = 0; attempt < 200; attempt++) {
                    var answer = TestApi.book(List.of(port, second, unlucky).get(attempt % 3), key, "2");
                    if (answer.status() == 201) {
                        return answer.json().getLong("id");
                    }
                    assertTrue(answer.status() == 503 || answer.status() == 500, answer.body());
                    failures.incrementAndGet();
                }
                throw new AssertionError("no answer in 200 attempts");
            });
        }
        // A session of its own: the api shares the test's pool, so one of that might be killed while it asks.
        var database = api.log.row("SELECT current_database()").getString(0);
        var server = TestServers.connect(api.vertx, TestServers.postgres(database), 1);
        var killer = server.pool();
        // Holds the inserts up until one of them is certain to be cut.
        var held = api.log.hold("LOCK TABLE idempotency_keys IN EXCLUSIVE MODE");
        var answers = tasks.stream().map(clients::submit).toList();
        eventually("a connection is cut", () -> cut(killer) > 0);
        held.close();
        while (!answers.stream().allMatch(Future::isDone)) {
            cut(killer);
        }
        TestLog.await(server.close());

        assertEquals(300, done(answers).stream().distinct().count());
        assertNotEquals(0, failures.get(), "nothing was cut");
        assertEquals(300, api.count("rides"));
        assertEquals(300, api.count("staged_log_records"));
    }

    /** Kills one session that is inserting, if there is one; the number of sessions that were killed. */
    private static int cut(Pool killer) {
        return TestLog.await(killer.query("SELECT pg_terminate_backend(pid), pg_sleep(0.02) FROM pg_stat_activity"
                                + " WHERE datname = current_database() AND query LIKE '%idempotency_keys%'"
                                + " AND state = 'active' AND pid <> pg_backend_pid() LIMIT 1")
                        .execute())
                .size();
    }

    @Test
    void aKeyIsForgottenWhenItsTimeIsOverAndOnlyThen() throws Exception {
        var first = TestApi.book(port, "old", "1").json().getLong("id");
        TestApi.book(port, "young", "1");
        api.log.sql(
                "UPDATE idempotency_keys SET created_at = now() - CASE key WHEN 'old' THEN interval '24 hours 1 second'"
                        + " ELSE interval '23 hours 59 minutes' END");
        assertTrue(TestLog.await(ExpiredKeys.delete(api.pool, Duration.ofHours(24)))
                        .toSeconds()
                > 0);

        assertEquals("young", api.log.row("SELECT key FROM idempotency_keys").getString(0));
        assertNotEquals(first, TestApi.book(port, "old", "1").json().getLong("id"));
        assertEquals("true", TestApi.book(port, "young", "1").headers().get("idempotent-replayed"));
    }

    /** The insert waits for the deletion of the key that it wants, and then has it. */
    @Test
    void aKeyThatIsBeingForgottenIsFreeAfterwards() throws Exception {
        TestApi.book(port, "old", "1");
        var deleting = TestLog.await(api.log.pool.getConnection());
        TestLog.await(deleting.query("BEGIN; DELETE FROM idempotency_keys").execute());
        var booking = clients.submit(() -> TestApi.book(port, "old", "1"));
        waitUntilBlocked(1);
        TestLog.await(deleting.query("COMMIT").execute());
        TestLog.await(deleting.close());
        assertFalse(booking.get(10, SECONDS).headers().containsKey("idempotent-replayed"));
        assertEquals(2, api.count("rides"));
    }

    private void waitUntilBlocked(int backends) {
        eventually(
                backends + " wait for a lock",
                () -> api.log.number("SELECT count(*) FROM pg_stat_activity"
                                + " WHERE datname = current_database() AND wait_event_type = 'Lock'")
                        == backends);
    }

    private static <T> List<T> done(List<Future<T>> futures) throws Exception {
        var results = new ArrayList<T>();
        for (var future : futures) {
            results.add(future.get(60, SECONDS));
        }
        return results;
    }
}
