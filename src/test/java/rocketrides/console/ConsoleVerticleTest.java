package rocketrides.console;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
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
import org.junit.jupiter.api.extension.ExtendWith;
import rocketrides.runtime.Events;
import rocketrides.runtime.Faults;
import rocketrides.status.Books.Quantity;
import rocketrides.status.Status;
import rocketrides.status.StatusRead;
import rocketrides.status.Total;
import rocketrides.testing.LogCapture;

@ExtendWith(VertxExtension.class)
class ConsoleVerticleTest {
    private static final Duration LONG = Duration.ofSeconds(12);

    private final Map<String, String> faults = new ConcurrentHashMap<>();
    private Vertx vertx;
    private LogCapture log;
    private String console;

    @BeforeEach
    void start(Vertx vertx) throws TimeoutException {
        this.vertx = vertx;
        Events.register(vertx);
        log = new LogCapture();
        console = vertx.deployVerticle(new ConsoleVerticle(() -> faults)).await(5, SECONDS);
    }

    @AfterEach
    void stop() {
        log.close();
    }

    @Test
    void saysWhatIsSealedAndPublished() {
        Events.publish(vertx, new Events.Sealed(0, 329, 340));
        Events.publish(vertx, new Events.Published(0, 329, 340, 0));
        log.await(1, "INFO streamer sealed 12 (to offset 340)"::equals);
        log.await(1, "INFO streamer published 12 (to offset 340)"::equals);
    }

    @Test
    void saysWhatAConsumerConsumedAndSkipped() {
        Events.publish(vertx, new Events.Consumed("consumer0", 0, 340, 12, 0, 0, 0, "revenue=1.500EUR"));
        Events.publish(vertx, new Events.Consumed("consumer1", 0, 340, 12, 3, 2, 1, "revenue=1.500EUR"));
        Events.publish(vertx, new Events.Consumed("consumer2", 0, 340, 0, 0, 0, 0, null));
        log.await(1, "INFO consumer0 consumed 12 (offset 340)  revenue=1.500EUR"::equals);
        log.await(
                1,
                ("INFO consumer1 consumed 12 (offset 340), skipped 3 duplicates, healed 2 from the archive,"
                        + " REJECTED 1  revenue=1.500EUR")::equals);
        log.await(1, "INFO consumer2 consumed 0 (offset 340)"::equals);
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
            Events.publish(vertx, new Events.Consumed("consumer0", 0, i, 1, 2, 0, 0, "revenue=" + i + "EUR"));
        }
        log.await(1, line -> line.contains("revenue=1000EUR"));
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
        Events.publish(vertx, new Events.Sealed(0, 1, 1));
        Events.publish(vertx, new Events.Sealed(0, 2, 3));
        Events.publish(vertx, new Events.Sealed(0, 4, 6));
        log.await(1, line -> line.contains("sealed"));
        vertx.undeploy(console).await(5, SECONDS);
        log.await(1, line -> line.contains("(to offset 6)"));
    }

    @Test
    void saysOnceAndInTwoStatementsThatNothingIsLostAndWhoIsWhere() {
        read(status(0, 0, "3.750", "3.75"));
        read(status(0, 0, "3.750", "3.75"));
        read(status(0, 0, "4.750", "4.750"));
        log.await(1, "INFO agreement nothing is lost: revenue=4.750EUR; consumer0 level; consumer1 level"::equals);
        assertEquals(2, said().size());
        assertEquals(
                "INFO agreement nothing is lost: revenue=3.750EUR; consumer0 level; consumer1 level", said().get(0));
    }

    @Test
    void doesNotCallAPausedConsumerLevelWithoutSayingThatItIsPaused() {
        faults.put("consumer1", "paused");
        read(status(0, 34, "3.750", "3.750"));
        log.await(
                1,
                ("WARN agreement nothing is lost: revenue=3.750EUR;"
                        + " consumer0 level; consumer1 paused, 34 behind for 12 s")::equals);
        faults.clear();
        read(status(0, 0, "3.750", "3.750"));
        log.await(1, line -> line.startsWith("INFO agreement") && line.endsWith("consumer1 level"));
    }

    @Test
    void saysThatRecordsWaitWhenTheStreamerIsDead() {
        read(status(7, 0, "3.750", "3.750"));
        log.await(1, line -> line.startsWith("WARN agreement nothing is lost") && line.endsWith("; 7 staged for 12 s"));
        read(status(8, 0, "3.750", "3.750"));
        read(status(0, 0, "3.750", "3.750"));
        log.await(1, line -> line.startsWith("INFO agreement"));
        assertEquals(2, said().size(), "the same trouble is not told at each audit");
    }

    @Test
    void isLoudWhenTheBooksDoNotBalance() {
        read(status(0, 0, "3.750", "3.751"));
        log.await(
                1,
                ("WARN agreement the books do not balance: revenue=3.750EUR;" + " consumer0 level; consumer1 level")
                        ::equals);
    }

    @Test
    void saysOnlyWhoIsWhereWithoutBooks() {
        var position = new Status.Consumer(
                "consumer0", 2, 0, Duration.ZERO, Duration.ZERO, new Status.Counters(0, 0, 0, 0), null, null);
        var log = new Status.Log(2, 2, Duration.ZERO, 1, null, "s", 2L, "at-least-once");
        read(new Status(Instant.EPOCH, 0, Duration.ZERO, log, List.of(), null, null, List.of(position), null));
        this.log.await(1, "INFO agreement The only consumer keeps up; consumer0 level"::equals);
        read(new Status(Instant.EPOCH, 0, Duration.ZERO, log, List.of(), null, null, List.of(), null));
        this.log.await(1, "INFO agreement No consumer is registered"::equals);
    }

    private void read(Status found) {
        Events.publish(vertx, new StatusRead(found));
    }

    private List<String> said() {
        return log.lines().stream().filter(line -> line.contains(" agreement ")).toList();
    }

    private static Status status(long staged, long lag, String truth, String consumer1) {
        var consumers = List.of(consumer("consumer0", 0, truth, truth), consumer("consumer1", lag, truth, consumer1));
        return new Status(
                Instant.EPOCH,
                staged,
                LONG,
                new Status.Log(2, 2, Duration.ZERO, 1, null, "s", 2L, "at-least-once"),
                List.of(),
                total(truth),
                consumers.get(1).unaccounted(),
                consumers,
                null);
    }

    private static Status.Consumer consumer(String name, long lag, String truth, String counted) {
        return new Status.Consumer(
                name,
                2 - lag,
                lag,
                lag == 0 ? Duration.ZERO : LONG,
                Duration.ZERO,
                new Status.Counters(0, 0, 0, 0),
                total(counted),
                total(new BigDecimal(truth).subtract(new BigDecimal(counted)).toString()));
    }

    private static Total total(String revenue) {
        return new Total(Map.of(new Quantity("revenue", "EUR"), new BigDecimal(revenue)));
    }
}
