package rocketrides;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static rocketrides.testing.Eventually.eventually;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.ConnectException;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import rocketrides.config.Settings.Delivery;
import rocketrides.testing.LogCapture;
import rocketrides.testing.TestLog;

/** What a client sees when the whole program stops, in order. */
class DrainTest {
    private static final String BOOKING = "POST /rides HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            + "Content-Length: 15\r\n\r\n{\"distance\": 1}";

    private final TestLog log = new TestLog(Delivery.AT_LEAST_ONCE);
    private final Application application = TestProgram.application(
            log.environment(Map.of("ROCKET_RIDES_SIMULATOR_INSTANCES", "0", "ROCKET_RIDES_API_INSTANCES", "2")));

    @AfterEach
    void stop() {
        application.stop();
        log.close();
    }

    @Test
    void liveStreamsEndFirstThenRequestsUnderWayFinishAndNewOnesAreRefused() throws Exception {
        application.start();
        try (var viewer = ask("GET /dashboard/events HTTP/1.1\r\nHost: x\r\n\r\n")) {
            var stream = reader(viewer);
            assertEquals("HTTP/1.1 200 OK", stream.readLine());
            var writers = log.hold("LOCK TABLE rides IN SHARE ROW EXCLUSIVE MODE");
            var booking = ask(BOOKING);
            waitUntilWaiting(1);
            var stopped = CompletableFuture.runAsync(application::stop);
            assertTrue(endsCleanly(stream), "the stream broke off");
            waitUntilNobodyIsLetIn();
            assertFalse(stopped.isDone(), "did not wait for the booking");
            writers.close();
            assertEquals("HTTP/1.1 201 Created", reader(booking).readLine());
            stopped.get(10, SECONDS);
            assertEquals(1, log.number("SELECT count(*) FROM rides"));
            booking.close();
        }
    }

    /** Each of two instances has a booking in progress. The second must not start to drain after the first. */
    @Test
    void allInstancesDrainTogether() throws Exception {
        application.start();
        var writers = log.hold("LOCK TABLE rides IN SHARE ROW EXCLUSIVE MODE");
        var bookings = new ArrayList<Socket>();
        for (int i = 1; i <= 2; i++) {
            bookings.add(ask(BOOKING));
            waitUntilWaiting(i);
        }
        var stopped = CompletableFuture.runAsync(application::stop);
        waitUntilNobodyIsLetIn();
        assertFalse(stopped.isDone(), "did not wait for the bookings");
        writers.close();
        for (var booking : bookings) {
            assertEquals("HTTP/1.1 201 Created", reader(booking).readLine());
            booking.close();
        }
        stopped.get(10, SECONDS);
    }

    @Test
    void theLastLineSaysWhatWasDoneAndHowTheLogIsLeft() throws Exception {
        try (var said = new LogCapture()) {
            application.start();
            try (var booking = ask(BOOKING)) {
                assertEquals("HTTP/1.1 201 Created", reader(booking).readLine());
            }
            said.await(1, line -> line.endsWith("total_distance=1.000m; consumer0 level; consumer1 level"));
            application.stop();
            application.stop();
            var last = said.lines().get(said.lines().size() - 1);
            assertTrue(
                    last.matches("INFO rocket-rides stopped after \\d+ s; 1 record written; nothing is lost: rides=1,"
                            + " total_distance=1.000m; consumer0 level; consumer1 level"),
                    last);
        }
    }

    /** As with Ctrl-C: the current step ends, the next one does not begin, and nothing is logged as an error. */
    @Test
    void aStopInTheMiddleOfTheStartIsQuiet() throws Exception {
        try (var said = new LogCapture()) {
            var started = CompletableFuture.runAsync(() -> {
                try {
                    application.start();
                } catch (Exception e) {
                    throw new CompletionException(e);
                }
            });
            said.await(1, line -> line.startsWith("INFO rocket-rides postgres "));
            application.stop();
            var refused = assertThrows(ExecutionException.class, () -> started.get(10, SECONDS));
            assertEquals("stopped while starting", refused.getCause().getMessage());
            assertEquals(
                    List.of(),
                    said.lines().stream()
                            .filter(line -> line.startsWith("ERROR"))
                            .toList());
            said.await(1, "INFO rocket-rides stopped while starting"::equals);
            assertFalse(said.lines().stream().anyMatch(line -> line.contains("stopped after")), "there was no run");
        }
    }

    private Socket ask(String request) throws IOException {
        var socket = new Socket("127.0.0.1", application.port());
        socket.setSoTimeout(10_000);
        socket.getOutputStream().write(request.getBytes(UTF_8));
        return socket;
    }

    private static BufferedReader reader(Socket socket) throws IOException {
        return new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8));
    }

    /** Whether the last chunk arrives, possibly after more snapshots. */
    private static boolean endsCleanly(BufferedReader stream) throws IOException {
        var deadline = System.nanoTime() + SECONDS.toNanos(10);
        var line = stream.readLine();
        while (line != null && !line.equals("0") && System.nanoTime() < deadline) {
            line = stream.readLine();
        }
        return "0".equals(line);
    }

    private void waitUntilWaiting(int bookings) {
        eventually(
                bookings + " bookings wait for the table",
                () -> log.number("SELECT count(*) FROM pg_locks WHERE relation = 'rides'::regclass AND NOT granted")
                        >= bookings);
    }

    private void waitUntilNobodyIsLetIn() {
        int port = application.port();
        eventually("nobody is let in", () -> {
            try {
                new Socket("127.0.0.1", port).close();
                return false;
            } catch (ConnectException e) {
                return true;
            }
        });
    }
}
