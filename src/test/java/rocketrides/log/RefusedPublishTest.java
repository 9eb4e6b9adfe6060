package rocketrides.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;
import static rocketrides.testing.Eventually.eventually;
import static rocketrides.testing.TestLog.await;

import io.vertx.core.Future;
import io.vertx.redis.client.Command;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import rocketrides.config.Settings.Delivery;
import rocketrides.runtime.Faults;
import rocketrides.testing.LogCapture;
import rocketrides.testing.TestLog;
import rocketrides.testing.TestRole;
import rocketrides.testing.TestServers;

/**
 * Broken: Redis begins to refuse writes in the middle of a pipelined publish, so that some records of the segment are in
 * the stream and some are not. Must hold: it is not taken for published; once Redis accepts again, nothing is missing.
 */
class RefusedPublishTest {
    private static final int RECORDS = 3_000;

    private TestLog log;

    @BeforeEach
    void start() {
        log = new TestLog(Delivery.AT_LEAST_ONCE, 1_000_000);
    }

    @AfterEach
    void close() {
        accept();
        log.close();
    }

    private void refuse(String error) {
        switch (error) {
            case "READONLY" -> log.redis(Command.REPLICAOF, "127.0.0.1", "1");
            case "OOM" -> log.redis(Command.CONFIG, "SET", "maxmemory", "1");
            default -> log.redis(Command.ACL, "SETUSER", TestServers.redisUser(TestRole.STREAMER), "-xadd");
        }
    }

    private void accept() {
        log.redis(Command.REPLICAOF, "NO", "ONE");
        log.redis(Command.CONFIG, "SET", "maxmemory", "0");
        log.redis(Command.ACL, "SETUSER", TestServers.redisUser(TestRole.STREAMER), "+xadd");
    }

    private long streamed() {
        return log.redis(Command.XLEN, log.settings.stream()).toLong();
    }

    @ParameterizedTest
    @CsvSource({
        "READONLY, AT_LEAST_ONCE",
        "OOM, AT_LEAST_ONCE",
        "NOPERM, AT_LEAST_ONCE",
        "READONLY, IDEMPOTENT",
        "OOM, IDEMPOTENT",
        "NOPERM, IDEMPOTENT"
    })
    void isNotTakenForPublished(String error, Delivery delivery) {
        log.close();
        log = new TestLog(delivery, 1_000_000);
        log.stage(RECORDS);
        await(log.staged.seal(RECORDS));
        var segment = await(log.store.unpublished(1)).get(0);
        for (int attempt = 0; attempt < 200; attempt++) {
            var publishing = refusedMidway(error, segment);
            accept();
            if (publishing.cause() instanceof PublishRefusedException && streamed() > 0) {
                assertTrue(publishing.cause().getMessage().contains(error), publishing.cause()::getMessage);
                assertTrue(streamed() < RECORDS, "all records got through");
                assertEquals(0, log.number("SELECT published FROM log_cursor"));
                healsAfterwards();
                return;
            }
            log.redis(Command.DEL, log.settings.stream());
        }
        fail("Redis was never caught in the middle of a batch");
    }

    private Future<Integer> refusedMidway(String error, Segment segment) {
        var publishing = log.stream().publish(segment);
        // The middle is a few milliseconds long; on a busy machine it takes several throws to hit it.
        LockSupport.parkNanos(ThreadLocalRandom.current().nextLong(20_000_000));
        refuse(error);
        eventually("the publish has ended", publishing::isComplete);
        return publishing;
    }

    private void healsAfterwards() {
        log.relay(log.streamer(log.stream(), Faults.NONE, RECORDS));
        assertEquals(RECORDS, log.number("SELECT published FROM log_cursor"));
        log.consume(log.consumer("consumer0"), "consumer0");
        assertEquals(log.ridesTotal(), log.total("consumer0"));
    }

    /** Broken: Redis has memory for a part of the stream only. Must hold: the stream becomes shorter, and the log goes on. */
    @ParameterizedTest
    @EnumSource
    void makesRoomWhenRedisIsOutOfMemory(Delivery delivery) {
        log.close();
        log = new TestLog(delivery, 1_000_000);
        int rides = 20_000;
        log.stage(rides);
        var used = log.redis(Command.INFO, "memory")
                .toString()
                .lines()
                .filter(line -> line.startsWith("used_memory:"))
                .mapToLong(line ->
                        Long.parseLong(line.substring("used_memory:".length()).strip()))
                .findFirst()
                .orElseThrow();
        log.redis(Command.CONFIG, "SET", "maxmemory", used + 1_500_000);
        try (var lines = new LogCapture()) {
            log.relay(log.streamer(log.stream(), Faults.NONE, RECORDS));
            var said = lines.lines().stream()
                    .filter(line -> line.contains("Redis is out of memory"))
                    .toList();
            assertEquals(1, said.size(), lines.lines()::toString);
            assertTrue(said.get(0).startsWith("WARN"), said::toString);
        }
        assertEquals(rides, log.number("SELECT published FROM log_cursor"));
        assertTrue(streamed() > 0 && streamed() < rides, () -> streamed() + " entries");
        log.consume(log.consumer("consumer0"), "consumer0");
        assertEquals(log.ridesTotal(), log.total("consumer0"));
    }
}
