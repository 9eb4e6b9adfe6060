package rocketrides;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import rocketrides.config.ServerUri;
import rocketrides.config.Settings.Delivery;
import rocketrides.testing.ForkedMain;
import rocketrides.testing.TestLog;
import rocketrides.testing.TestRole;
import rocketrides.testing.TestServers;

/** Docker gives containers names such as {@code my_redis}. */
class UnderscoreTest {
    @TempDir
    Path directory;

    @Test
    void aRedisIsReachedByANameWithAnUnderscore() throws Exception {
        assumeFalse(TestServers.secured(), "no certificate for such a name can be verified");
        try (var log = new TestLog(Delivery.AT_LEAST_ONCE)) {
            var hosts = Files.writeString(directory.resolve("hosts"), "127.0.0.1 my_redis localhost\n");
            var configuration = Files.writeString(directory.resolve("c.yaml"), log.configuration(TestRole.MONITORING));
            String host = ServerUri.redis(TestServers.redis()).host();
            var ran = ForkedMain.run(
                    directory,
                    Map.of("REDIS_URL", TestServers.redis().replace(host, "my_redis")),
                    List.of("-Djdk.net.hosts.file=" + hosts),
                    "status",
                    "--conf",
                    configuration.toString());
            assertEquals(0, ran.exitCode(), ran::output);
            assertTrue(ran.output().contains("0 entries"), ran::output);
            assertFalse(ran.output().contains("Redis is away"), ran::output);
        }
    }
}
