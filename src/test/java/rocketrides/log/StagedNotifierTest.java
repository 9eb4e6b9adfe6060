package rocketrides.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static rocketrides.testing.TestLog.await;

import io.vertx.core.Promise;
import io.vertx.pgclient.PgConnection;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import rocketrides.config.Settings.Delivery;
import rocketrides.runtime.Events;
import rocketrides.testing.TestLog;
import rocketrides.testing.TestRole;

class StagedNotifierTest {
    private final TestLog log = new TestLog(Delivery.AT_LEAST_ONCE);

    @AfterEach
    void close() {
        log.close();
    }

    @Test
    void tellsAtOnceAndThenNotOnceForEachCommit() {
        await(log.vertx.deployVerticle(new StagedNotifier(log.pool(TestRole.API), () -> false)));
        var listener = PgConnection.cast(await(log.pool.getConnection()));
        var told = new AtomicInteger();
        var first = Promise.<Void>promise();
        var last = Promise.<Void>promise();
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

        Events.publish(log.vertx, new Events.Staged(1));
        await(first.future());
        var began = System.nanoTime();
        for (int i = 0; i < 1_000; i++) {
            Events.publish(log.vertx, new Events.Staged(1));
        }
        await(log.vertx.timer(50));
        log.sql("SELECT pg_notify('the end', '')");
        await(last.future());
        long most = 2 + (System.nanoTime() - began) / 5_000_000;
        assertTrue(told.get() >= 2 && told.get() <= most, told + " notifications of 1,001, allowed are 2 to " + most);
        await(listener.close());
    }
}
