package rocketrides;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static rocketrides.testing.Eventually.eventually;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.json.JsonObject;
import io.vertx.redis.client.Command;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import rocketrides.config.Settings.Delivery;
import rocketrides.testing.TestLog;

/** The whole program, all roles, under load and failures; every acknowledged ride is accounted for. */
class EndToEndTest {
    private static final int CLIENTS = 64;

    /** Few enough for a busy machine, and more than a few batches. */
    private static final int RIDES = 1_000;

    private static final Duration LONGEST_LOAD = Duration.ofSeconds(90);

    private TestLog log;
    private Application application;
    private HttpClient http; // a field: Vert.x closes a client that is garbage

    private record Acknowledged(long id, long millimetres) {}

    @AfterEach
    void stop() {
        application.stop();
        log.close();
    }

    private void start(Delivery delivery, Map<String, String> more) throws Exception {
        log = new TestLog(delivery);
        http = log.vertx.createHttpClient(new PoolOptions().setHttp1MaxSize(CLIENTS));
        var environment = log.environment(
                Map.of("ROCKET_RIDES_LOG_DELIVERY", delivery.toString(), "ROCKET_RIDES_SIMULATOR_INSTANCES", "0"));
        environment.putAll(more);
        application = TestProgram.application(environment);
        application.start();
    }

    /** Posts rides one after the other until it is stopped; an answer other than 201 is no acknowledgement. */
    private Future<Void> client(Queue<Acknowledged> acknowledged, AtomicBoolean stopped) {
        if (stopped.get()) {
            return Future.succeededFuture();
        }
        long millimetres = ThreadLocalRandom.current().nextLong(1, 1_000_000);
        var distance = java.math.BigDecimal.valueOf(millimetres, 3);
        return http.request(HttpMethod.POST, application.port(), "127.0.0.1", "/rides")
                .compose(request ->
                        request.putHeader("Content-Type", "application/json").send("{\"distance\": " + distance + "}"))
                .compose(response -> response.body().onSuccess(body -> {
                    if (response.statusCode() == 201) {
                        acknowledged.add(new Acknowledged(new JsonObject(body).getLong("id"), millimetres));
                    }
                }))
                .<Buffer>otherwiseEmpty()
                .compose(done -> client(acknowledged, stopped));
    }

    /** Books until {@link #RIDES} are acknowledged and {@code seen} holds; does {@code fault} every half second. */
    private Queue<Acknowledged> load(BooleanSupplier seen, Runnable fault) throws Exception {
        var acknowledged = new ConcurrentLinkedQueue<Acknowledged>();
        var stopped = new AtomicBoolean();
        var clients = new ArrayList<Future<Void>>();
        for (int i = 0; i < CLIENTS; i++) {
            clients.add(TestLog.onContext(log.vertx, () -> client(acknowledged, stopped)));
        }
        var nextFault = new AtomicLong(System.nanoTime());
        eventually(
                LONGEST_LOAD,
                () -> "all is booked and seen, not only " + acknowledged.size() + " rides, "
                        + status().encodePrettily(),
                () -> {
                    if (System.nanoTime() >= nextFault.get()) {
                        fault.run();
                        nextFault.set(System.nanoTime() + MILLISECONDS.toNanos(500));
                    }
                    return acknowledged.size() >= RIDES && seen.getAsBoolean();
                });
        stopped.set(true);
        Future.join(clients).await(30, SECONDS);
        return acknowledged;
    }

    private Queue<Acknowledged> load(BooleanSupplier seen) throws Exception {
        return load(seen, () -> {});
    }

    private void flush() {
        log.redis(Command.FLUSHALL);
    }

    /** Whether every one of so many consumers has counted some of that. */
    private BooleanSupplier everyConsumerHas(String counter, int consumers) {
        return () -> log.number("SELECT count(*) FROM checkpoints WHERE " + counter + " > 0") == consumers;
    }

    private JsonObject status() {
        return TestLog.await(TestLog.onContext(
                log.vertx, () -> http.request(HttpMethod.GET, application.port(), "127.0.0.1", "/status")
                        .compose(request -> request.send())
                        .compose(response -> response.body())
                        .map(Buffer::toJsonObject)));
    }

    private JsonObject awaitLevel(int consumers) throws Exception {
        eventually(() -> "level: " + status().encodePrettily(), () -> {
            var status = status();
            return status.getJsonArray("consumers").size() >= consumers
                    && status.getJsonObject("staged").getLong("count") == 0
                    && status.getJsonArray("consumers").stream().allMatch(c -> ((JsonObject) c).getLong("lag") == 0);
        });
        return status();
    }

    private void assertCountedExactlyOnce(Queue<Acknowledged> acknowledged, int consumers) throws Exception {
        var status = awaitLevel(consumers);
        assertEquals(acknowledged.size(), new HashSet<>(acknowledged).size(), "an id was given twice");
        assertEquals(acknowledged.size(), log.number("SELECT count(*) FROM rides"));
        long millimetres =
                acknowledged.stream().mapToLong(Acknowledged::millimetres).sum();
        assertEquals(java.math.BigDecimal.valueOf(millimetres, 3), log.ridesTotal());
        for (var ride : acknowledged) {
            if (ThreadLocalRandom.current().nextInt(100) == 0) {
                assertEquals(
                        ride.millimetres(),
                        log.number("SELECT (distance * 1000)::bigint FROM rides WHERE id = $1", ride.id()));
            }
        }
        for (int i = 0; i < consumers; i++) {
            assertEquals(log.ridesTotal(), log.total("consumer" + i), status::encodePrettily);
            assertEquals(
                    acknowledged.size(),
                    log.number("SELECT rides FROM total_distances WHERE consumer = $1", "consumer" + i));
        }
    }

    /** Broken: the default failures, at 64 clients. Must hold: each acknowledged ride is counted, once. */
    @ParameterizedTest
    @EnumSource
    void countsEveryAcknowledgedRideOnceUnderFailures(Delivery delivery) throws Exception {
        start(delivery, Map.of("ROCKET_RIDES_STREAMER_INSTANCES", "3", "ROCKET_RIDES_API_INSTANCES", "2"));
        assertCountedExactlyOnce(load(everyConsumerHas("simulated_crashes", 2)), 2);
    }

    /** Broken: Redis is flushed twice a second under load, on top of the default failures. Must hold: the same. */
    @ParameterizedTest
    @EnumSource
    void countsEveryAcknowledgedRideOnceWhileRedisIsFlushed(Delivery delivery) throws Exception {
        start(delivery, Map.of());
        assertCountedExactlyOnce(load(everyConsumerHas("gaps_healed", 2), this::flush), 2);
    }

    /** Broken: one ride in five rolls back after staging. Must hold: it is answered 500 and leaves no trace. */
    @Test
    void leavesNoTraceOfRidesThatRolledBack() throws Exception {
        start(Delivery.AT_LEAST_ONCE, Map.of("ROCKET_RIDES_FAILURES_API_BEFORE_COMMIT", "0.2"));
        assertCountedExactlyOnce(load(() -> true), 2);
    }

    /** Broken: both failure rates at one half. Must hold: the same, and it comes level. */
    @Test
    void survivesFailureRatesOfOneHalf() throws Exception {
        start(
                Delivery.AT_LEAST_ONCE,
                Map.of(
                        "ROCKET_RIDES_FAILURES_STREAMER_AFTER_PUBLISH", "0.5",
                        "ROCKET_RIDES_FAILURES_CONSUMER_BEFORE_SAVE", "0.5"));
        assertCountedExactlyOnce(load(everyConsumerHas("duplicates_skipped", 2)), 2);
    }

    /** A consumer name that is new when there is a log already starts from its beginning. */
    @Test
    void aNewConsumerStartsFromTheFirstRecord() throws Exception {
        start(Delivery.AT_LEAST_ONCE, Map.of("ROCKET_RIDES_CONSUMER_INSTANCES", "1"));
        var acknowledged = load(() -> true);
        awaitLevel(1);
        application.stop();
        flush();
        start2();
        assertCountedExactlyOnce(acknowledged, 3);
    }

    /**
     * Broken: nothing; but the statements are planned while the tables are empty. Must hold: what a segment costs does not
     * grow with the log, although nobody has analyzed the tables since.
     */
    @Test
    void readsFewRowsForEachSegmentHoweverLongTheLogIs() throws Exception {
        start(
                Delivery.AT_LEAST_ONCE,
                Map.of(
                        "ROCKET_RIDES_FAILURES_STREAMER_AFTER_PUBLISH", "0",
                        "ROCKET_RIDES_FAILURES_CONSUMER_BEFORE_SAVE", "0"));
        var acknowledged = new ConcurrentLinkedQueue<Acknowledged>();
        var stopped = new AtomicBoolean();
        var client = TestLog.onContext(log.vertx, () -> client(acknowledged, stopped));
        eventually(
                LONGEST_LOAD,
                () -> "Postgres has counted 200 segments and two saves of each",
                () -> log.number("SELECT min(n) FROM (SELECT n_tup_ins AS n FROM pg_stat_user_tables"
                                + " WHERE relname = 'log_segments' UNION ALL SELECT n_tup_upd / 2 FROM pg_stat_user_tables"
                                + " WHERE relname = 'checkpoints') counted")
                        >= 200);
        stopped.set(true);
        client.await(30, SECONDS);
        assertEquals(
                "",
                log.row(
                                "SELECT coalesce(string_agg(relname || ': ' || rows || ' rows for ' || segments || ' segments', ', '), '')"
                                        + " FROM (SELECT relname, seq_tup_read + coalesce(idx_tup_fetch, 0) AS rows FROM pg_stat_user_tables) t,"
                                        + " (SELECT n_tup_ins AS segments FROM pg_stat_user_tables WHERE relname = 'log_segments') s"
                                        + " WHERE rows > 50 * segments")
                        .getString(0));
    }

    private void start2() throws Exception {
        application = TestProgram.application(log.environment(
                Map.of("ROCKET_RIDES_CONSUMER_INSTANCES", "3", "ROCKET_RIDES_SIMULATOR_INSTANCES", "0")));
        application.start();
    }
}
