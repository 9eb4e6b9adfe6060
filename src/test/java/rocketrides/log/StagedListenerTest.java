package rocketrides.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static rocketrides.testing.Eventually.eventually;
import static rocketrides.testing.TestLog.await;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import io.vertx.pgclient.PgConnection;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import rocketrides.config.Settings.Delivery;
import rocketrides.runtime.Events;
import rocketrides.servers.Postgres;
import rocketrides.testing.LogCapture;
import rocketrides.testing.TestLog;
import rocketrides.testing.TestRole;
import rocketrides.testing.TestServers;

@ExtendWith(VertxExtension.class)
class StagedListenerTest {
    private final AtomicInteger woken = new AtomicInteger();
    private Vertx vertx;
    private TestLog log;
    private Postgres postgres;

    @BeforeEach
    void start(Vertx vertx) {
        this.vertx = vertx;
        log = new TestLog(vertx, Delivery.AT_LEAST_ONCE);
        postgres = TestServers.connect(vertx, log.postgresUri(TestRole.STREAMER), 1);
        Events.on(vertx, Events.StagedElsewhere.class, event -> woken.incrementAndGet());
    }

    @AfterEach
    void close() {
        vertx.deploymentIDs().forEach(id -> await(vertx.undeploy(id)));
        await(postgres.close());
        log.close();
    }

    private String deploy(Supplier<Future<PgConnection>> connect) {
        return await(vertx.deployVerticle(new StagedListener(connect)));
    }

    private void awaitWoken(int times) {
        eventually(() -> "woken " + woken + " times of " + times, () -> woken.get() == times);
    }

    private void stage() {
        log.sql("SELECT stage_record('create', 'order', '{}')");
    }

    private static final String SESSIONS =
            "FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND datname = current_database()";

    @Test
    void wakesWhenItBeginsToListenAndThenWithEachNotification() {
        var id = deploy(postgres::connect);
        awaitWoken(1);
        stage();
        awaitWoken(2);
        stage();
        awaitWoken(3);
        await(vertx.undeploy(id));
        eventually("its session has ended", () -> log.number("SELECT count(*) " + SESSIONS) == 0);
    }

    /** Broken: its session ends. Must hold: it listens on another one, and looks at what it may have missed. */
    @Test
    void listensAgainWhenItIsCutOff() {
        deploy(postgres::connect);
        awaitWoken(1);
        assertEquals(1, log.number("SELECT count(pg_terminate_backend(pid)) " + SESSIONS));
        awaitWoken(2);
        stage();
        awaitWoken(3);
    }

    /** Broken: Postgres is away when it starts. Must hold: it says so once, and listens as soon as that is over. */
    @Test
    void triesUntilItCanListen() {
        var failures = new AtomicInteger(2);
        try (var said = new LogCapture()) {
            deploy(() -> failures.getAndDecrement() > 0 ? Future.failedFuture("away") : postgres.connect());
            awaitWoken(1);
            said.await(1, line -> line.endsWith("listening to Postgres again"));
            assertEquals(
                    1,
                    said.await(
                                    1,
                                    line -> line.endsWith(
                                            "what other processes stage waits for streamer.poll-interval: away"))
                            .size());
        }
    }

    @Test
    void canBeStoppedBeforeItHasEverListened() {
        var id = deploy(() -> Future.failedFuture("away"));
        await(vertx.undeploy(id));
        assertEquals(0, woken.get());
    }
}
