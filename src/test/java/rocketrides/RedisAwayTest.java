package rocketrides;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static rocketrides.testing.Eventually.eventually;
import static rocketrides.testing.TestLog.await;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import io.vertx.redis.client.Command;
import java.io.IOException;
import java.math.BigDecimal;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import rocketrides.config.Settings;
import rocketrides.config.Settings.Delivery;
import rocketrides.consumer.Consumer.Source;
import rocketrides.consumer.ConsumerVerticle;
import rocketrides.consumer.Instance;
import rocketrides.consumer.PostgresCheckpoints;
import rocketrides.consumer.Projection;
import rocketrides.log.LogStream;
import rocketrides.log.RedisLogStream;
import rocketrides.rides.TotalDistance;
import rocketrides.runtime.Events;
import rocketrides.runtime.Faults;
import rocketrides.servers.RedisClient;
import rocketrides.streamer.StreamerVerticle;
import rocketrides.testing.AnyStatements;
import rocketrides.testing.LogCapture;
import rocketrides.testing.TestLog;
import rocketrides.testing.TestRole;

/** Whether each loop waits only for what it needs, and speaks only when something has changed. */
@ExtendWith(VertxExtension.class)
class RedisAwayTest {
    private static final Duration SOON = Duration.ofSeconds(4);

    private TestLog log;
    private Vertx vertx;

    @BeforeEach
    void start(Vertx vertx) {
        this.vertx = vertx;
        log = new TestLog(vertx, Delivery.AT_LEAST_ONCE);
    }

    @AfterEach
    void close() {
        log.close();
    }

    enum Redis {
        REFUSES_CONNECTIONS,
        HOLDS_ANOTHER_TYPE
    }

    private LogStream stream(Redis redis) {
        if (redis == Redis.HOLDS_ANOTHER_TYPE) {
            log.redis(Command.SET, log.settings.stream(), "not a stream");
            return log.stream();
        }
        return new RedisLogStream(
                new RedisClient(vertx, "redis://127.0.0.1:1", Optional.empty(), "stream").hold(), log.settings);
    }

    private Future<String> deployStreamer(String name, LogStream stream) {
        var settings = new Settings.Streamer(1, 100, Duration.ofMillis(200));
        return vertx.deployVerticle(new StreamerVerticle(
                new StreamerVerticle.Options(name, settings, () -> Set.of(0)),
                log.staged,
                partition -> new StreamerVerticle.Outlet(log.store(TestRole.STREAMER), stream, log.settings, false),
                Faults.NONE));
    }

    private void deployConsumer(LogStream stream) {
        deployConsumer(new TotalDistance(), stream);
    }

    private void deployConsumer(Projection<BigDecimal> projection, LogStream stream) {
        var instance = Instance.of("consumer0");
        await(vertx.deployVerticle(new ConsumerVerticle(
                instance,
                100,
                new PostgresCheckpoints(log.pool(TestRole.CONSUMER), instance, projection),
                () -> new Source(log.store(TestRole.CONSUMER), stream),
                Faults.NONE)));
    }

    private void countsOneMore() {
        log.stage(1);
        eventually(
                SOON,
                () -> "a ride is counted without Redis",
                () -> log.total("consumer0").compareTo(log.ridesTotal()) == 0);
    }

    /** Broken: at the start and later, Redis cannot be used. Must hold: sealed, and counted from the archive. */
    @ParameterizedTest
    @EnumSource
    void aRideIsCountedWithoutRedis(Redis redis) {
        await(deployStreamer("streamer0", stream(redis)));
        deployConsumer(stream(redis));
        for (int i = 0; i < 3; i++) {
            countsOneMore();
        }
    }

    /** Broken: Redis takes connections and never answers. Must hold: sealing does not wait for it, at the start neither. */
    @Test
    void sealsWhileRedisIsSilent() throws IOException {
        try (var silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            var redis =
                    new RedisClient(vertx, "redis://127.0.0.1:" + silent.getLocalPort(), Optional.empty(), "stream");
            var starting = deployStreamer("streamer0", new RedisLogStream(redis.hold(), log.settings));
            log.stage(3);
            eventually(
                    SOON,
                    () -> "the rides are sealed while Redis is silent",
                    () -> log.number("SELECT next_offset FROM log_head") == 4);
            assertTrue(!starting.isComplete());
        }
    }

    /** Must hold: one line when the outage begins and one when it is over, although other things work meanwhile. */
    @Test
    void saysOnceThatRedisIsAwayAndOnceThatItIsBack() {
        try (var lines = new LogCapture()) {
            await(deployStreamer("streamer0", stream(Redis.HOLDS_ANOTHER_TYPE)));
            deployConsumer(log.stream(TestRole.CONSUMER));
            for (int i = 0; i < 3; i++) {
                countsOneMore();
                Events.publish(vertx, new Events.Crash("consumer0")); // the next one has the same trouble
            }
            countsOneMore();
            log.redis(Command.DEL, log.settings.stream());
            lines.await(1, line -> line.contains("streamer0 (publishing) is working again"));
            lines.await(1, line -> line.contains("consumer0 is working again"));
            countsOneMore();
            for (var what : List.of(
                    "streamer0 (publishing) is failing",
                    "streamer0 (publishing) is working again",
                    "consumer0 is failing",
                    "consumer0 is working again")) {
                assertEquals(1, count(lines, what), () -> what + " in " + lines.lines());
            }
            assertEquals(0, count(lines, "streamer0 (sealing)"));
        }
    }

    private static long count(LogCapture lines, String part) {
        return lines.lines().stream().filter(line -> line.contains(part)).count();
    }

    /** Broken: a table of the projection is missing. Must hold: one line, growing pauses, and one line when it is back. */
    @Test
    void saysOnceThatAConsumerCannotSave() {
        var saves = new AtomicInteger();
        var totals = new TotalDistance();
        var projection = new AnyStatements<>(totals, (instance, distances, transaction) -> {
            saves.incrementAndGet();
            return totals.apply(instance, distances, transaction);
        });
        log.stage(3);
        log.relay(log.streamer(log.stream(), Faults.NONE, 10));
        log.sql("ALTER TABLE total_distances RENAME TO away");
        try (var lines = new LogCapture()) {
            long begun = System.nanoTime();
            deployConsumer(projection, log.stream(TestRole.CONSUMER));
            eventually("five saves have been tried", () -> saves.get() >= 5);
            // Between five tries lie four pauses of at least 50, 100, 200 and 400 ms.
            assertTrue(System.nanoTime() - begun > 700_000_000, "the back-off does not grow");
            assertEquals(1, count(lines, "consumer0 is failing"), () -> "" + lines.lines());
            assertEquals(0, count(lines, "consumer0 is working again"), () -> "" + lines.lines());
            log.sql("ALTER TABLE away RENAME TO total_distances");
            lines.await(1, line -> line.contains("consumer0 is working again"));
            assertEquals(log.ridesTotal(), log.total("consumer0"));
        }
    }

    /** Must hold: each of two streamers has its name, in health too, and a crash strikes the one that it is ordered for. */
    @Test
    void eachStreamerHasItsName() {
        var roles = new CopyOnWriteArrayList<String>();
        var crashed = new CopyOnWriteArrayList<String>();
        Events.on(vertx, Events.StepEnded.class, passed -> roles.add(passed.role()));
        Events.on(vertx, Events.Failed.class, failed -> crashed.add(failed.role()));
        await(deployStreamer("streamer0", log.stream()));
        await(deployStreamer("streamer1", log.stream()));
        Events.publish(vertx, new Events.Crash("streamer1"));
        eventually("streamer1 has crashed", () -> {
            log.stage(1);
            return !crashed.isEmpty();
        });
        assertEquals(List.of("streamer1"), crashed);
        for (var streamer : List.of("streamer0", "streamer1")) {
            for (var loop : List.of("sealing", "publishing")) {
                var role = streamer + " (" + loop + ")";
                eventually(role + " has told of a step", () -> roles.contains(role));
            }
        }
    }
}
