package rocketrides.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static rocketrides.testing.Eventually.eventually;
import static rocketrides.testing.TestLog.await;

import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import io.vertx.pgclient.PgConnection;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import rocketrides.config.Settings.Delivery;
import rocketrides.runtime.Events;
import rocketrides.testing.TestLog;
import rocketrides.testing.TestRole;

@ExtendWith(VertxExtension.class)
class StagedNotifierTest {
    private final AtomicInteger told = new AtomicInteger();
    private final Promise<Void> first = Promise.promise();
    private final Promise<Void> last = Promise.promise();
    private Vertx vertx;
    private TestLog log;
    private PgConnection listener;

    @BeforeEach
    void start(Vertx vertx) {
        this.vertx = vertx;
        log = new TestLog(vertx, Delivery.AT_LEAST_ONCE);
        await(vertx.deployVerticle(new StagedNotifier(log.pool(TestRole.API), () -> false)));
        listener = PgConnection.cast(await(log.pool.getConnection()));
        listener.notificationHandler(notification -> {
            if (notification.getChannel().equals("the end")) {
                last.complete();
            } else {
                assertEquals("staged_log_records", notification.getChannel());
                told.incrementAndGet();
                first.tryComplete();
            }
        });
        await(listener.query("LISTEN staged_log_records; LISTEN \"the end\"").execute());
    }

    @AfterEach
    void close() {
        await(listener.close());
        log.close();
    }

    private void stage() {
        Events.publish(vertx, new Events.Staged(1));
    }

    private void awaitTheEnd() {
        await(vertx.timer(50));
        log.sql("SELECT pg_notify('the end', '')");
        await(last.future());
    }

    @Test
    void tellsAtOnceAndThenNotOnceForEachCommit() {
        stage();
        await(first.future());
        var began = System.nanoTime();
        for (int i = 0; i < 1_000; i++) {
            stage();
        }
        awaitTheEnd();
        long most = 2 + (System.nanoTime() - began) / 5_000_000;
        assertTrue(told.get() >= 2 && told.get() <= most, told + " notifications of 1,001, allowed are 2 to " + most);
    }

    @Test
    void tellsOnceMoreOfWhatIsStagedMeanwhileAndThenNothing() {
        stage();
        stage();
        eventually(() -> told + " of 2 notifications", () -> told.get() >= 2);
        awaitTheEnd();
        assertEquals(2, told.get());
    }
}
