package rocketrides.servers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.vertx.core.Vertx;
import io.vertx.core.transport.Transport;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import rocketrides.testing.FakeRedis;
import rocketrides.testing.TestLog;

/** The kernel's timers for an idle connection. */
class TcpKeepaliveTest {
    /** A client's socket may be an IPv6 socket even for IPv4. */
    private static final List<Path> CONNECTIONS = List.of(Path.of("/proc/net/tcp"), Path.of("/proc/net/tcp6"));

    /** In these files. */
    private static final String PROBE = "02";

    private static final int TICKS_PER_SECOND = 100;

    @Test
    void anIdleConnectionIsProbedSoon() throws Exception {
        assumeTrue(CONNECTIONS.stream().allMatch(Files::isReadable)
                && Transport.EPOLL != null
                && Transport.EPOLL.available());
        Vertx vertx = TcpKeepalive.on(Vertx.builder()).build();
        try (var redis = new FakeRedis("+OK")) {
            var connection = new RedisClient(vertx, redis.uri(), Optional.empty(), "stream").hold();
            TestLog.await(TestLog.onContext(
                    vertx, () -> connection.send(Request.cmd(Command.GET).arg("k"))));
            List<String[]> timers = timers(redis.port());
            assertEquals(1, timers.size());
            assertEquals(PROBE, timers.get(0)[0]);
            assertTrue(Integer.parseInt(timers.get(0)[1], 16) <= TcpKeepalive.IDLE_SECONDS * TICKS_PER_SECOND);
        }
        vertx.close().await(5, TimeUnit.SECONDS);
    }

    /** Type and remaining time of the timers at the clients' ends of the connections to the port. */
    private static List<String[]> timers(int port) throws IOException {
        String remote = String.format(Locale.ROOT, "0100007F:%04X", port);
        List<String[]> timers = new ArrayList<>();
        for (Path file : CONNECTIONS) {
            Files.readAllLines(file).stream()
                    .map(line -> line.trim().split("\\s+"))
                    .filter(fields -> fields[2].endsWith(remote))
                    .map(fields -> fields[5].split(":"))
                    .forEach(timers::add);
        }
        return timers;
    }
}
