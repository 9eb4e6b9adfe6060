package rocketrides.console;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import rocketrides.Events;
import rocketrides.Faults;
import rocketrides.LogCapture;
import rocketrides.status.Status;

class ConsoleVerticleTest {
    private final AtomicReference<Future<Status>> status = new AtomicReference<>();
    private final AtomicInteger asked = new AtomicInteger();
    private Vertx vertx;
    private LogCapture log;
    private String console;

    @BeforeEach
    void start() throws TimeoutException {
        vertx = Vertx.vertx();
        Events.register(vertx);
        log = new LogCapture();
        status.set(Future.failedFuture("away"));
        console = vertx.deployVerticle(new ConsoleVerticle(() -> {
                    asked.incrementAndGet();
                    return status.get();
                }))
                .await(5, SECONDS);
    }

    @AfterEach
    void stop() throws TimeoutException {
        vertx.close().await(5, SECONDS);
        log.close();
    }

    @Test
    void saysWhatIsSealedAndPublished() {
        Events.publish(vertx, new Events.Sealed(329, 340));
        Events.publish(vertx, new Events.Published(329, 340, 0));
        log.await(1, "INFO streamer sealed 12 (to offset 340)"::equals);
        log.await(1, "INFO streamer published 12 (to offset 340)"::equals);
    }

    @Test
    void saysWhatAConsumerConsumedAndSkipped() {
        Events.publish(vertx, new Events.Consumed("consumer0", 340, 12, 0, 0, 0, "total_distance=1.500m"));
        Events.publish(vertx, new Events.Consumed("consumer1", 340, 12, 3, 2, 1, "total_distance=1.500m"));
        log.await(1, "INFO consumer0 consumed 12 (offset 340)  total_distance=1.500m"::equals);
        log.await(
                1,
                ("INFO consumer1 consumed 12 (offset 340), skipped 3 duplicates, healed 2 from the archive,"
                        + " REJECTED 1  total_distance=1.500m")::equals);
    }

    @Test
    void marksASimulatedFailure() {
        Events.publish(vertx, new Events.Failed(Faults.Point.STREAMER_AFTER_PUBLISH, "streamer0"));
        log.await(
                1,
                ("WARN streamer0 *** SIMULATED FAILURE streamer-after-publish: published but not marked,"
                        + " so it is sent twice ***")::equals);
    }

    @Test
    void sumsUpAFloodAndLosesNothing() throws TimeoutException {
        for (int i = 1; i <= 1_000; i++) {
            Events.publish(vertx, new Events.Consumed("consumer0", i, 1, 2, 0, 0, "total_distance=" + i + "m"));
        }
        log.await(1, line -> line.contains("total_distance=1000m"));
        var lines = log.await(2, line -> line.contains("consumed"));
        assertEquals(
                1_000,
                lines.stream()
                        .mapToInt(line -> Integer.parseInt(line.split(" ")[3]))
                        .sum());
        assertTrue(lines.size() < 20, lines.size() + " lines");
    }

    @Test
    void saysTheRestWhenItStops() throws TimeoutException {
        Events.publish(vertx, new Events.Sealed(1, 1));
        Events.publish(vertx, new Events.Sealed(2, 3));
        Events.publish(vertx, new Events.Sealed(4, 6));
        log.await(1, line -> line.contains("sealed"));
        vertx.undeploy(console).await(5, SECONDS);
        log.await(1, line -> line.contains("(to offset 6)"));
    }

    @Test
    void saysOnceThatAllAgree() {
        status.set(Future.succeededFuture(status(0, 0, "3.750", "3.75")));
        consume();
        log.await(
                1,
                ("INFO agreement all 2 consumers agree with the rides table: rides=2, total_distance=3.750m")::equals);
        askedAgain();
        assertEquals(1, said());

        status.set(Future.succeededFuture(status(0, 0, "4.750", "4.750")));
        consume();
        log.await(2, line -> line.contains(" agreement "));
    }

    @Test
    void saysNothingWhileOneLagsOrRecordsAreStaged() {
        status.set(Future.succeededFuture(status(1, 0, "3.750", "3.750")));
        consume();
        askedAgain();
        status.set(Future.succeededFuture(status(0, 1, "3.750", "3.750")));
        consume();
        askedAgain();
        assertEquals(0, said());
    }

    @Test
    void shoutsWhenALevelConsumerDisagrees() {
        status.set(Future.succeededFuture(status(0, 0, "3.750", "3.751")));
        consume();
        log.await(
                1,
                ("ERROR agreement DISAGREEMENT: consumer1 is level with rides=2, total_distance=3.751m,"
                        + " but the rides table has rides=2, total_distance=3.750m")::equals);
        assertFalse(log.lines().stream().anyMatch(line -> line.contains("agree with")));
    }

    @Test
    void asksAgainWhenTheStatusWasNotKnown() {
        consume();
        askedAgain();
        status.set(Future.succeededFuture(status(0, 0, "3.750", "3.750")));
        log.await(1, line -> line.contains("all 2 consumers agree"));
    }

    private void consume() {
        Events.publish(vertx, new Events.Consumed("consumer0", 1, 1, 0, 0, 0, ""));
    }

    /** Waits until the current status has been asked for and judged. */
    private void askedAgain() {
        var before = asked.get();
        consume();
        var deadline = System.nanoTime() + SECONDS.toNanos(5);
        while (asked.get() < before + 1) {
            assertTrue(System.nanoTime() < deadline, "never asked again");
            LockSupport.parkNanos(1_000_000);
        }
    }

    private long said() {
        return log.lines().stream().filter(line -> line.contains(" agreement ")).count();
    }

    private static Status status(long staged, long lag, String rides, String consumer1) {
        return new Status(
                new Status.Rides(2, new BigDecimal(rides)),
                staged,
                new Status.Log(2, 2, "s", 2L, "at-least-once"),
                new Status.Audit(new Status.Rides(0, BigDecimal.ZERO), Instant.EPOCH),
                List.of(consumer("consumer0", 0, rides, rides), consumer("consumer1", lag, rides, consumer1)));
    }

    private static Status.Consumer consumer(String name, long lag, String rides, String total) {
        var unaccounted = new Status.Rides(0, new BigDecimal(rides).subtract(new BigDecimal(total)));
        return new Status.Consumer(name, 2 - lag, lag, 2, new BigDecimal(total), 0, 0, 0, 0, unaccounted);
    }
}
