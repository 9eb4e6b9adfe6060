package rocketrides.dashboard;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static rocketrides.testing.Eventually.eventually;
import static rocketrides.testing.TestLog.await;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.junit5.VertxExtension;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import rocketrides.runtime.Events;
import rocketrides.testing.Pause;

/** Whoever has stopped taking what is sent, a laptop that sleeps for example, keeps nobody waiting. */
@ExtendWith(VertxExtension.class)
class BrowserTest {
    private static final String LARGE = "{\"filler\":\"" + "x".repeat(1_000_000) + "\"}";

    private Vertx vertx;
    private final AtomicInteger watching = new AtomicInteger();
    private final AtomicInteger connections = new AtomicInteger();
    private final Socket socket = new Socket();
    private HttpServer server;

    @BeforeEach
    void start(Vertx vertx) {
        this.vertx = vertx;
        Events.register(vertx);
    }

    private void watch(Duration patience) throws IOException {
        server = await(vertx.createHttpServer()
                .connectionHandler(connection -> {
                    connections.incrementAndGet();
                    connection.closeHandler(closed -> connections.decrementAndGet());
                })
                .requestHandler(request -> {
                    watching.incrementAndGet();
                    Browser.watch(vertx, request, "[]", watching::decrementAndGet, patience);
                })
                .listen(0, "127.0.0.1"));
        socket.setReceiveBufferSize(4_096);
        socket.connect(new InetSocketAddress("127.0.0.1", server.actualPort()));
        socket.setSoTimeout(20_000);
        socket.getOutputStream().write("GET / HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(UTF_8));
        eventually("it watches", () -> watching.get() == 1);
    }

    @AfterEach
    void stop() throws IOException {
        socket.close();
    }

    @Test
    void isCutOffWhenItHasTakenNothingForTooLong() throws IOException {
        watch(Duration.ofMillis(300));
        eventually("it is cut off", () -> {
            send(LARGE);
            return watching.get() == 0;
        });
        eventually("its connection is closed", () -> connections.get() == 0);
    }

    @Test
    void isKeptWhenItIsOnlySlow() throws IOException {
        watch(Duration.ofSeconds(10));
        var reader = new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8));
        for (int i = 0; i < 20; i++) {
            send(LARGE);
        }
        send("{\"last\":true}");
        while (!reader.readLine().startsWith("data: {\"filler\"")) {
            continue;
        }
        assertEquals(1, watching.get());
    }

    @Test
    void doesNotHoldUpTheStopWhenItTakesNothing() throws IOException {
        watch(Duration.ofMinutes(1));
        for (int i = 0; i < 20; i++) {
            send(LARGE);
        }
        var begun = System.nanoTime();
        await(server.shutdown(10, SECONDS));
        var seconds = Duration.ofNanos(System.nanoTime() - begun).toSeconds();
        assertTrue(seconds < 5, "the stop took " + seconds + " s");
        eventually("it does not watch", () -> watching.get() == 0);
    }

    private void send(String snapshot) {
        Events.publish(vertx, new Snapshot(snapshot));
        Pause.millis(20);
    }
}
