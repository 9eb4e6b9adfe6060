package rocketrides.console;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.Vertx;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import rocketrides.LogCapture;
import rocketrides.runtime.Events;
import rocketrides.runtime.Faults;
import rocketrides.status.Audited;
import rocketrides.status.Status;

class ConsoleVerticleTest {
    private static final Duration LONG = Duration.ofSeconds(12);

    private final Map<String, String> faults = new ConcurrentHashMap<>();
    private Vertx vertx;
    private LogCapture log;
    private String console;

    @BeforeEach
    void start() throws TimeoutException {
        vertx = Vertx.vertx();
        Events.register(vertx);
        log = new LogCapture();
        console = vertx.deployVerticle(new ConsoleVerticle(() -> faults)).await(5, SECONDS);
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
    void saysOnceAndInTwoStatementsThatNothingIsLostAndWhoIsWhere() {
        audited(status(0, 0, "3.750", "3.75"));
        audited(status(0, 0, "3.750", "3.75"));
        audited(status(0, 0, "4.750", "4.750"));
        log.await(
                1,
                "INFO agreement nothing is lost: rides=2, total_distance=4.750m; consumer0 level; consumer1 level"
                        ::equals);
        assertEquals(2, said().size());
        assertEquals(
                "INFO agreement nothing is lost: rides=2, total_distance=3.750m; consumer0 level; consumer1 level",
                said().get(0));
    }

    @Test
    void doesNotCallAPausedConsumerLevelWithoutSayingThatItIsPaused() {
        faults.put("consumer1", "paused");
        audited(status(0, 34, "3.750", "3.750"));
        log.await(
                1,
                ("WARN agreement nothing is lost: rides=2, total_distance=3.750m;"
                        + " consumer0 level; consumer1 paused, 34 behind for 12 s")::equals);
        faults.clear();
        audited(status(0, 0, "3.750", "3.750"));
        log.await(1, line -> line.startsWith("INFO agreement") && line.endsWith("consumer1 level"));
    }

    @Test
    void saysThatRidesWaitWhenTheStreamerIsDead() {
        audited(status(7, 0, "3.750", "3.750"));
        log.await(1, line -> line.startsWith("WARN agreement nothing is lost") && line.endsWith("; 7 staged for 12 s"));
        audited(status(8, 0, "3.750", "3.750"));
        audited(status(0, 0, "3.750", "3.750"));
        log.await(1, line -> line.startsWith("INFO agreement"));
        assertEquals(2, said().size(), "the same trouble is not told at each audit");
    }

    @Test
    void isLoudWhenTheBooksDoNotBalance() {
        audited(status(0, 0, "3.750", "3.751"));
        log.await(
                1,
                ("WARN agreement the books do not balance: rides=2, total_distance=3.750m;"
                        + " consumer0 level; consumer1 level")::equals);
    }

    private void audited(Status found) {
        Events.publish(vertx, new Audited(found));
    }

    private List<String> said() {
        return log.lines().stream().filter(line -> line.contains(" agreement ")).toList();
    }

    private static Status status(long staged, long lag, String rides, String consumer1) {
        var consumers = List.of(consumer("consumer0", 0, rides, rides), consumer("consumer1", lag, rides, consumer1));
        return new Status(
                new Status.Rides(2, new BigDecimal(rides)),
                staged,
                LONG,
                new Status.Log(2, 2, Duration.ZERO, "s", 2L, "at-least-once"),
                new Status.Audit(consumers.get(1).unaccounted(), Instant.EPOCH),
                consumers);
    }

    private static Status.Consumer consumer(String name, long lag, String rides, String total) {
        var unaccounted = new Status.Rides(0, new BigDecimal(rides).subtract(new BigDecimal(total)));
        return new Status.Consumer(
                name, 2 - lag, lag, lag == 0 ? Duration.ZERO : LONG, 2, new BigDecimal(total), 0, 0, 0, 0, unaccounted);
    }
}
