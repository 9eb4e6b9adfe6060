package rocketrides.status;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static rocketrides.testing.TestLog.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import io.vertx.sqlclient.Pool;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.slf4j.LoggerFactory;
import rocketrides.runtime.Events;
import rocketrides.status.Books.Quantity;
import rocketrides.testing.LogCapture;

@ExtendWith(VertxExtension.class)
class AuditorTest {
    private static final List<Quantity> ORDERS = List.of(new Quantity("orders", ""));

    private Vertx vertx;
    private Status now = status(0);

    AuditorTest() {
        ((Logger) LoggerFactory.getLogger("audit")).setLevel(Level.INFO);
    }

    @BeforeEach
    void start(Vertx vertx) {
        this.vertx = vertx;
        Events.register(vertx);
    }

    private Auditor auditor(Books books) {
        return new Auditor(books, null, () -> Future.succeededFuture(now));
    }

    private static Total total(long orders) {
        return Total.of(ORDERS, quantity -> BigDecimal.valueOf(orders));
    }

    private static Status status(long unaccounted, Status.Consumer... consumers) {
        return new Status(
                Instant.EPOCH,
                0,
                Duration.ZERO,
                null,
                List.of(),
                total(7),
                total(unaccounted),
                List.of(consumers),
                null);
    }

    private static Status.Consumer consumer(String name, long unaccounted) {
        return new Status.Consumer(
                name,
                0,
                0,
                Duration.ZERO,
                Duration.ZERO,
                new Status.Counters(0, 0, 0, 0),
                total(7),
                total(unaccounted));
    }

    private static List<String> audit(LogCapture said) {
        return said.lines().stream().filter(line -> line.contains(" audit ")).toList();
    }

    @Test
    void raisesTheAlarmWhenTheBooksCeaseToBalanceAndSaysWhenItIsOver() {
        var auditor = auditor(Books.NONE);
        try (var said = new LogCapture()) {
            assertSame(now, auditor.runOnce().result());
            assertEquals(List.of(), audit(said));
            now = status(2, consumer("a", 2), consumer("b", 0), consumer("c", -1));
            auditor.runOnce();
            auditor.runOnce();
            now = status(0);
            auditor.runOnce();
            auditor.runOnce();
            now = status(3);
            auditor.runOnce();
            assertEquals(
                    List.of(
                            "ERROR audit ALARM: the books do not balance: of orders=7, unaccounted for (negative: too"
                                    + " much): a orders=2; c orders=-1",
                            "INFO audit the books balance again: orders=7",
                            "ERROR audit ALARM: the books do not balance: of orders=7, unaccounted for (negative: too"
                                    + " much): orders=3"),
                    audit(said));
        }
    }

    /** Broken: what makes the comparison quick cannot be done. Must hold: nothing is compared. */
    @Test
    void comparesNothingWhenTheBooksCannotBeTended() {
        var books = new Books() {
            @Override
            public List<Quantity> quantities() {
                return ORDERS;
            }

            @Override
            public String select() {
                return "SELECT";
            }

            @Override
            public Future<?> tend(Pool pool) {
                return Future.failedFuture("away");
            }
        };
        now = status(1);
        try (var said = new LogCapture()) {
            assertEquals(
                    "away",
                    assertThrows(Exception.class, () -> await(auditor(books).runOnce()))
                            .getMessage());
            assertEquals(List.of(), audit(said));
        }
    }

    @Test
    void aPassPublishesWhatItFound() throws Exception {
        var published = new LinkedBlockingQueue<Status>();
        Events.on(vertx, StatusRead.class, read -> published.add(read.now()));
        assertEquals(Duration.ofHours(1), await(auditor(Books.NONE).pass(vertx, Duration.ofHours(1))));
        assertSame(now, published.poll(10, TimeUnit.SECONDS));
    }

    @Test
    void aPassThatTookLongIsFollowedByAPauseTwentyTimesAsLong() {
        var slow = new Auditor(Books.NONE, null, () -> vertx.timer(20).map(now));
        long begun = System.nanoTime();
        var pause = await(slow.pass(vertx, Duration.ZERO));
        var most = Duration.ofNanos(20 * (System.nanoTime() - begun));
        assertTrue(pause.toMillis() >= 20 * 19 && pause.compareTo(most) <= 0, () -> pause + " of at most " + most);
    }

    @Test
    void withoutBooksThereIsNothingToSelect() {
        assertEquals(List.of(), Books.NONE.quantities());
        assertThrows(UnsupportedOperationException.class, Books.NONE::select);
        assertEquals(List.of(), Books.NONE.check(null).result());
    }
}
