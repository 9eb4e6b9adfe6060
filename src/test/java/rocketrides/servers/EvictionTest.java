package rocketrides.servers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
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

/** Logs a warning for a Redis that may evict the stream, and for no other one. */
@ExtendWith(VertxExtension.class)
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
    void onlyAPolicyThatEvictsKeysWhichDoNotExpireIsWarnedOf(String policy, int warnings, Vertx vertx) {
        try (var lines = new LogCapture()) {
            var client = new RedisClient(vertx, servers.redis().uri(), servers.caFile(), "stream");
            var connection = client.hold();
            TestLog.await(TestLog.onContext(
                    vertx,
                    () -> connection.send(Request.cmd(Command.CONFIG)
                            .arg("SET")
                            .arg("maxmemory-policy")
                            .arg(policy))));
            TestLog.await(TestLog.onContext(vertx, client::checkEviction));
            var told = lines.await(warnings, line -> line.startsWith("WARN") && line.contains("RedisClient"));
            assertEquals(warnings, told.size());
            told.forEach(line ->
                    assertTrue(line.contains(policy) && line.contains("Set noeviction") && !line.contains("@"), line));
            TestLog.await(connection.close());
        }
    }

    /** The start does not wait for the reply. If the command is forbidden, nothing is logged. */
    @Test
    void aProcessAsksOnceRedisIsThereAndAgainAfterEachOutage(Vertx vertx) throws Exception {
        int port = Ports.freeOr(0);
        try (var lines = new LogCapture();
                var log = new TestLog(vertx, Delivery.AT_LEAST_ONCE)) {
            var redis = new RedisClient(vertx, "redis://127.0.0.1:" + port, Optional.empty(), "stream");
            var reader = new StatusReader(
                    log.pool(TestRole.MONITORING), log.settings, Books.NONE, () -> Future.failedFuture("away"));
            var operations = new OperationsVerticle(new OperationsVerticle.Parts(
                    new SimpleMeterRegistry(),
                    new Readings(vertx, reader),
                    List.of(),
                    redis,
                    Duration.ofDays(7),
                    new Pulse(System::nanoTime)));
            String id = TestLog.await(vertx.deployVerticle(operations));
            assertEquals(0, told(lines, 0));
            for (int outage = 1; outage <= 2; outage++) {
                try (FakeRedis evicting = new FakeRedis(port, "+maxmemory_policy:allkeys-lru")) {
                    assertEquals(outage, told(lines, outage));
                    assertTrue(evicting.connections() > 0);
                }
                TestLog.await(vertx.timer(2_500, java.util.concurrent.TimeUnit.MILLISECONDS));
            }
            TestLog.await(vertx.undeploy(id));
        }
    }

    @Test
    void whereInfoIsForbiddenNothingIsSaid(Vertx vertx) throws Exception {
        try (var lines = new LogCapture();
                FakeRedis strict =
                        new FakeRedis("-NOPERM this user has no permissions, maxmemory_policy:allkeys-lru")) {
            var client = new RedisClient(vertx, strict.uri(), Optional.empty(), "stream");
            TestLog.await(TestLog.onContext(vertx, client::checkEviction));
            assertEquals(0, told(lines, 0));
        }
    }

    private static int told(LogCapture lines, int atLeast) {
        return lines.await(atLeast, line -> line.contains("has maxmemory-policy"))
                .size();
    }
}
