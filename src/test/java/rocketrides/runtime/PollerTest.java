package rocketrides.runtime;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import rocketrides.testing.LogCapture;

@ExtendWith(VertxExtension.class)
class PollerTest {
    private static final Duration LONG = Duration.ofHours(1);

    private final LogCapture log = new LogCapture();
    private final BlockingQueue<Promise<Duration>> steps = new LinkedBlockingQueue<>();
    private volatile Throwable trouble;
    private Context context;
    private Poller poller;

    @BeforeEach
    void start(Vertx vertx) {
        Events.register(vertx);
        context = vertx.getOrCreateContext();
        poller = new Poller(
                vertx, "role", new Poller.Work(this::step, t -> t instanceof IllegalStateException, () -> trouble));
        context.runOnContext(v -> poller.start());
    }

    @AfterEach
    void stop() {
        log.close();
    }

    private List<String> said() {
        return log.linesOf(Poller.class);
    }

    private Future<Duration> step() {
        Promise<Duration> promise = Promise.promise();
        steps.add(promise);
        return promise.future();
    }

    private Promise<Duration> nextStep() throws InterruptedException {
        var step = steps.poll(5, SECONDS);
        assertTrue(step != null, "no step was run");
        return step;
    }

    /** Returns after all earlier tasks of the context have run. */
    private void settle() throws TimeoutException {
        Promise<Void> promise = Promise.promise();
        context.runOnContext(v -> promise.complete());
        promise.future().await(5, SECONDS);
    }

    private void complete(Promise<Duration> step, Duration delay) {
        context.runOnContext(v -> step.complete(delay));
    }

    private void fail(Promise<Duration> step, Throwable t) {
        context.runOnContext(v -> step.fail(t));
    }

    @Test
    void runsTheNextStepAfterTheDelayThatTheLastOneAskedFor() throws Exception {
        complete(nextStep(), Duration.ZERO);
        complete(nextStep(), Duration.ofMillis(20));
        complete(nextStep(), LONG);
        settle();
        settle();
        assertTrue(steps.isEmpty());
    }

    @Test
    void neverOverlapsSteps() throws Exception {
        nextStep();
        context.runOnContext(v -> poller.wake());
        settle();
        settle();
        assertTrue(steps.isEmpty());
    }

    @Test
    void endsTheWaitWhenWoken() throws Exception {
        complete(nextStep(), LONG);
        settle();
        context.runOnContext(v -> poller.wake());
        nextStep();
    }

    @Test
    void doesNotLoseAWakeUpThatComesDuringAStep() throws Exception {
        var running = nextStep();
        context.runOnContext(v -> poller.wake());
        complete(running, LONG);
        nextStep();
    }

    @Test
    void triesAgainAfterFailuresAndSaysSoOncePerOutage() throws Exception {
        for (int i = 0; i < 4; i++) {
            fail(nextStep(), new RuntimeException("no connection"));
        }
        complete(nextStep(), Duration.ZERO);
        nextStep();
        assertEquals(2, said().size(), said()::toString);
        assertEquals("role is failing and keeps trying: no connection", said().get(0));
        assertTrue(said().get(1).startsWith("role is working again after "));
    }

    /** A successful step that does something else than the failed one does not end the outage. */
    @Test
    void countsAsFailingUntilTheTroubleIsOver() throws Exception {
        for (int i = 0; i < 3; i++) {
            fail(nextStep(), new RuntimeException("cannot save"));
            trouble = new RuntimeException("cannot save");
            complete(nextStep(), Duration.ZERO);
        }
        settle();
        assertEquals(1, said().size(), said()::toString);
        trouble = null;
        complete(nextStep(), Duration.ZERO);
        nextStep();
        assertEquals(2, said().size(), said()::toString);
    }

    @Test
    void keepsItsPaceAndCanBeWokenDuringTrouble() throws Exception {
        trouble = new RuntimeException("the stream cannot be read");
        complete(nextStep(), LONG);
        settle();
        context.runOnContext(v -> poller.wake());
        nextStep();
        assertEquals(1, said().size(), said()::toString);
    }

    @Test
    void growsItsBackOffThroughStepsThatOnlyPrepare() throws Exception {
        trouble = new RuntimeException("cannot save");
        for (int i = 0; i < 3; i++) {
            fail(nextStep(), new RuntimeException("cannot save"));
            complete(nextStep(), Duration.ZERO);
        }
        var last = nextStep();
        long failed = System.nanoTime();
        fail(last, new RuntimeException("cannot save"));
        nextStep();
        assertTrue(System.nanoTime() - failed >= 400_000_000, "the fourth pause is 400 ms at least");
    }

    @Test
    void doesNotLetAWakeUpCutTheBackOffShort() throws Exception {
        for (int i = 0; i < 3; i++) {
            fail(nextStep(), new RuntimeException("no connection"));
        }
        settle();
        context.runOnContext(v -> poller.wake());
        settle();
        settle();
        assertTrue(steps.isEmpty(), "ran at once, while backing off for at least 200 ms");
    }

    @Test
    void stopsOnlyAfterTheStepInFlight() throws Exception {
        var running = nextStep();
        Promise<Future<Void>> stopping = Promise.promise();
        context.runOnContext(v -> stopping.complete(poller.stop()));
        var stopped = stopping.future().await(5, SECONDS);
        settle();
        assertFalse(stopped.isComplete());
        complete(running, Duration.ZERO);
        stopped.await(5, SECONDS);
        settle();
        assertTrue(steps.isEmpty());
    }

    @Test
    void endsWithAFailureThatIsTheEnd() throws Exception {
        fail(nextStep(), new IllegalStateException("the end"));
        settle();
        settle();
        assertEquals(List.of(), said());
        assertThrows(java.util.NoSuchElementException.class, steps::remove);
    }

    @Test
    void treatsAStepThatThrowsAsOneThatFailed(Vertx vertx) throws Exception {
        var calls = new LinkedBlockingQueue<Integer>();
        var throwing = new Poller(vertx, "thrower", () -> {
            calls.add(1);
            throw new RuntimeException("thrown");
        });
        context.runOnContext(v -> throwing.start());
        assertTrue(calls.poll(5, SECONDS) != null && calls.poll(5, SECONDS) != null);
    }

    /** Broken: a loop took the place of another one, with a trouble that nobody was told of, and has no trouble itself. */
    @Test
    void saysNothingOfAnOutageThatItDidNotTell(Vertx vertx) {
        var reporter = Poller.reporter(vertx, "role");
        reporter.working();
        assertEquals(List.of(), said());
        reporter.failing(new Exception("away"));
        reporter.working();
        assertEquals(2, said().size(), said()::toString);
    }
}
