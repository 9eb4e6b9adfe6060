package rocketrides.servers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static rocketrides.testing.Eventually.eventually;

import io.vertx.core.Future;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import rocketrides.testing.FakeRedis;
import rocketrides.testing.OwnRedis;
import rocketrides.testing.TestLog;

/** Calls to a Redis that accepts connections and does not answer have a time limit, whatever the command. */
class FrozenRedisTest extends OwnRedis {
    private static final Duration LIMIT = Duration.ofMillis(300);
    private static final Request SET = Request.cmd(Command.SET).arg("k").arg("v");

    @AfterEach
    void disconnect() {
        await(connection::close);
    }

    @Test
    void aBatchThatTimedOutLeavesAConnectionThatIsNeverUsedAgain() {
        connection = hasty(servers.redis().uri());
        HeldConnection admin = admin();
        long before = await(this::clientId);
        assertEquals(List.of(), await(() -> connection.batch(List.of(SET))));
        assertEquals(before, await(this::clientId));
        await(() ->
                admin.send(Request.cmd(Command.CLIENT).arg("PAUSE").arg(60_000).arg("WRITE")));
        assertTimesOut(() -> connection.batch(List.of(SET, SET)));
        await(() -> admin.send(Request.cmd(Command.CLIENT).arg("UNPAUSE")));
        assertNotEquals(before, await(this::clientId));
        assertEquals(List.of(), await(() -> connection.batch(List.of(SET))));
        await(admin::close);
    }

    @Test
    void aServerThatStandsStillIsConnectedToAnewWhenItGoesOnAndNothingIsLeftBehind() throws Exception {
        connection = hasty(servers.redis().uri());
        HeldConnection admin = admin();
        String info =
                await(() -> admin.send(Request.cmd(Command.INFO).arg("server"))).toString();
        String pid = info.replaceFirst("(?s).*process_id:(\\d+).*", "$1");
        long before = await(this::clientId);
        signal("STOP", pid);
        try {
            assertTimesOut(() -> connection.batch(List.of(SET)));
            assertTimesOut(() -> connection.batch(List.of(SET))); // connects, and gets no greeting
            assertTimesOut(() -> connection.send(SET));
        } finally {
            signal("CONT", pid);
        }
        assertNotEquals(before, await(this::clientId));
        Request clients = Request.cmd(Command.CLIENT).arg("LIST");
        Callable<String> list = () -> await(() -> admin.send(clients)).toString();
        eventually(list, () -> list.call().lines().count() == 2);
        await(admin::close);
    }

    @Test
    void aListenerThatNeverGreetsIsGivenUpEachTime() throws Exception {
        try (FakeRedis mute = new FakeRedis((String) null)) {
            connection = hasty(mute.uri());
            assertTimesOut(() -> connection.send(SET));
            assertTimesOut(() -> connection.batch(List.of(SET)));
            assertEquals(2, mute.connections());
        }
    }

    /** Packets to this address get no reply, not even a refusal: the queue of the listener is full. */
    @Test
    void anAddressThatSwallowsTheCallIsGivenUp() throws Exception {
        try (var deaf = new ServerSocket(0, 1, InetAddress.getByAddress(new byte[] {127, 0, 0, 1}))) {
            List<Socket> queue = new ArrayList<>();
            try {
                fill(deaf, queue);
                connection = hasty("redis://127.0.0.1:" + deaf.getLocalPort());
                assertNotNull(failure(() -> connection.send(SET)));
                assertNotNull(failure(() -> connection.batch(List.of(SET))));
            } finally {
                for (Socket socket : queue) {
                    socket.close();
                }
            }
        }
    }

    private static void fill(ServerSocket deaf, List<Socket> queue) throws IOException {
        while (queue.size() < 100) {
            var socket = new Socket();
            try {
                socket.connect(new InetSocketAddress("127.0.0.1", deaf.getLocalPort()), 300);
            } catch (SocketTimeoutException e) {
                socket.close();
                return;
            }
            queue.add(socket);
        }
        throw new AssertionError("the queue is never full");
    }

    /** A role that stops closes its connection. It must not wait until Redis has read everything. */
    @Test
    void aCloseDoesNotWaitForAServerThatTakesNothing() throws Exception {
        try (var listener = new ServerSocket(0, 50, InetAddress.getByAddress(new byte[] {127, 0, 0, 1}))) {
            connection = hasty("redis://127.0.0.1:" + listener.getLocalPort());
            Request large = Request.cmd(Command.SET).arg("k").arg(new byte[64 << 20]);
            Future<List<String>> batch = onContext(() -> connection.batch(List.of(large)));
            try (Socket socket = listener.accept()) {
                greet(socket);
                assertTrue(socket.getInputStream().read() > 0); // it has begun
                assertNull(failure(connection::close));
                assertNotNull(failure(() -> batch));
            }
        }
    }

    private static void greet(Socket socket) throws IOException {
        byte[] some = new byte[1024];
        for (String answer : List.of("-ERR unknown command\r\n", "+PONG\r\n")) { // to HELLO and PING
            assertTrue(socket.getInputStream().read(some) > 0);
            socket.getOutputStream().write(answer.getBytes(StandardCharsets.US_ASCII));
        }
    }

    private static void signal(String name, String pid) throws Exception {
        assertEquals(0, new ProcessBuilder("kill", "-" + name, pid).start().waitFor());
    }

    private static HeldConnection hasty(String uri) {
        return new RedisClient(vertx, uri, servers.caFile(), "stream", LIMIT).hold();
    }

    private static <T> void assertTimesOut(Supplier<Future<T>> work) {
        assertInstanceOf(TimeoutException.class, failure(work));
    }

    /** The failure, which must come within a time far beyond the limit. */
    private static <T> Throwable failure(Supplier<Future<T>> work) {
        return TestLog.await(onContext(work).transform(done -> Future.succeededFuture(done.cause())));
    }
}
