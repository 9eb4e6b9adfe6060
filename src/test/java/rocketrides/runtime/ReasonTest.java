package rocketrides.runtime;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.net.NetClientOptions;
import java.io.IOException;
import java.net.SocketException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import rocketrides.embedded.Ports;

/** The texts are those of Netty, Vert.x and its clients for Postgres and Redis. */
class ReasonTest {

    /** Epoll words its errors differently. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void plainWordsReplaceWhatTheNetworkClientSays(boolean epoll) throws Exception {
        var vertx = Vertx.vertx(new VertxOptions().setPreferNativeTransport(epoll));
        try {
            int free = Ports.freeOr(0);
            assertEquals("connection refused by 127.0.0.1:" + free, connecting(vertx, free, "127.0.0.1"));
            assertEquals("connection refused by 127.0.0.1:" + free, connecting(vertx, free, "localhost"));
            assertEquals("unknown host nowhere.invalid", connecting(vertx, free, "nowhere.invalid"));
            assertEquals("no answer in time", of(Promise.promise().future().timeout(10, MILLISECONDS)));
        } finally {
            vertx.close().await(10, SECONDS);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "CONNECTION_CLOSED",
                "ERR [0] CONNECTION_CLOSED\nERR [1] CONNECTION_CLOSED",
                "Connection is not active now, current status: CLOSED",
                "Failed to read any response from the server, the underlying connection may have been lost unexpectedly.",
                "recvAddress(..) failed with error(-104): Connection reset by peer"
            })
    void aLostConnectionIsCalledSo(String text) {
        assertEquals("the connection was lost", Reason.of(new SocketException(text)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"Timeout", "Timeout 5000 (ms) fired", "connection timed out after 300 ms: /10.1.1.1:5432"})
    void noAnswerIsCalledSo(String text) {
        assertEquals("no answer in time", Reason.of(new SocketException(text)));
        assertTrue(Reason.isLate(new SocketException(text)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"ERROR: permission denied (42501)", "NOAUTH Authentication required."})
    void whatAServerSaysIsKept(String text) {
        assertEquals(text, Reason.of(new IOException(text)));
    }

    private static String connecting(Vertx vertx, int port, String host) {
        var client = vertx.createNetClient(new NetClientOptions().setConnectTimeout(300));
        return of(client.connect(port, host).map("connected"));
    }

    private static String of(Future<?> attempt) {
        return attempt.map(String::valueOf).otherwise(Reason::of).await();
    }
}
