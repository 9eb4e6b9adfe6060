package rocketrides.servers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import rocketrides.config.Settings.Delivery;
import rocketrides.embedded.Ports;
import rocketrides.operations.OperationsVerticle;
import rocketrides.operations.Pulse;
import rocketrides.status.Books;
import rocketrides.status.Readings;
import rocketrides.status.StatusReader;
import rocketrides.testing.FakeRedis;
import rocketrides.testing.LogCapture;
import rocketrides.testing.OwnServers;
import rocketrides.testing.TestLog;
import rocketrides.testing.TestRole;

/** A Redis that may evict the stream is told of, and nothing else about it is. */
class EvictionTest {
    @TempDir
    static Path directory;

    static OwnServers servers;

    @BeforeAll
    static void start() {
        servers = OwnServers.asAsked(directory, false, true);
    }

    @AfterAll
    static void stop() {
        servers.close();
    }

    @ParameterizedTest
    @CsvSource({"noeviction, 0", "volatile-lru, 0", "volatile-ttl, 0", "allkeys-lru, 1", "allkeys-random, 1"})
    void onlyAPolicyThatEvictsKeysWhichDoNotExpireIsWarnedOf(String policy, int warnings) {
        try (var lines = new LogCapture();
                var log = new TestLog(Delivery.AT_LEAST_ONCE)) {
            var client = new RedisClient(log.vertx, servers.redis().uri(), servers.caFile(), "stream");
            var connection = client.hold();
            TestLog.await(TestLog.onContext(
                    log.vertx,
                    () -> connection.send(Request.cmd(Command.CONFIG)
                            .arg("SET")
                            .arg("maxmemory-policy")
                            .arg(policy))));
            TestLog.await(TestLog.onContext(log.vertx, client::checkEviction));
            var told = lines.await(warnings, line -> line.startsWith("WARN") && line.contains("RedisClient"));
            assertEquals(warnings, told.size());
            told.forEach(line ->
                    assertTrue(line.contains(policy) && line.contains("Set noeviction") && !line.contains("@"), line));
            TestLog.await(connection.close());
        }
    }

    /** The start does not wait for the answer, and an answer that is forbidden is none. */
    @Test
    void aProcessAsksOnceRedisIsThereAndAgainAfterEachOutage() throws Exception {
        int port = Ports.freeOr(0);
        try (var lines = new LogCapture();
                var log = new TestLog(Delivery.AT_LEAST_ONCE)) {
            var redis = new RedisClient(log.vertx, "redis://127.0.0.1:" + port, Optional.empty(), "stream");
            var reader = new StatusReader(
                    log.pool(TestRole.MONITORING), log.settings, Books.NONE, () -> Future.failedFuture("away"));
            var operations = new OperationsVerticle(new OperationsVerticle.Parts(
                    new SimpleMeterRegistry(),
                    new Readings(log.vertx, reader),
                    List.of(),
                    redis,
                    Duration.ofDays(7),
                    new Pulse(System::nanoTime)));
            String id = TestLog.await(log.vertx.deployVerticle(operations));
            assertEquals(0, told(lines, 0));
            for (int outage = 1; outage <= 2; outage++) {
                try (FakeRedis evicting = new FakeRedis(port, "+maxmemory_policy:allkeys-lru")) {
                    assertEquals(outage, told(lines, outage));
                    assertTrue(evicting.connections() > 0);
                }
                TestLog.await(log.vertx.timer(2_500, java.util.concurrent.TimeUnit.MILLISECONDS));
            }
            TestLog.await(log.vertx.undeploy(id));
        }
    }

    @Test
    void whereInfoIsForbiddenNothingIsSaid() throws Exception {
        try (var lines = new LogCapture();
                var log = new TestLog(Delivery.AT_LEAST_ONCE);
                FakeRedis strict =
                        new FakeRedis("-NOPERM this user has no permissions, maxmemory_policy:allkeys-lru")) {
            var client = new RedisClient(log.vertx, strict.uri(), Optional.empty(), "stream");
            TestLog.await(TestLog.onContext(log.vertx, client::checkEviction));
            assertEquals(0, told(lines, 0));
        }
    }

    private static int told(LogCapture lines, int atLeast) {
        return lines.await(atLeast, line -> line.contains("has maxmemory-policy"))
                .size();
    }
}
