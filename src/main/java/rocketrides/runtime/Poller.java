package rocketrides.runtime;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The loop of every role: it runs a step, waits as long as the step says, and runs the next one. Steps never overlap.
 * {@link #wake()} ends the wait early; during a step it makes the next step follow at once. A failed step is retried
 * after a back-off of at most {@value #MAX_BACK_OFF_MILLIS} ms, with jitter, which a wake-up does not shorten.
 *
 * <p>A role may be in trouble although its step succeeded, because that step did not do what had failed. The loop then
 * continues at its normal pace, but still counts as failing, and the next failure continues the back-off. An outage
 * causes one log line when it begins and one when it ends. {@link Events.StepEnded} reports the current state.
 *
 * <p>Use it on one context only.
 */
public final class Poller {
    private static final Logger LOG = LoggerFactory.getLogger(Poller.class);
    private static final long MIN_BACK_OFF_MILLIS = 100;
    private static final long MAX_BACK_OFF_MILLIS = 5_000;
    private final Vertx vertx;
    private final Reporter reporter;
    private final Work work;

    private final Promise<Void> stopped = Promise.promise();
    private boolean stopping;
    private boolean running;
    private boolean woken;
    private long timer = -1;
    /** Since the role last had no trouble. */
    private int failures;

    private boolean backingOff;
    private boolean failing;

    /** Receives the state of a loop. */
    public interface Reporter {
        /** An outage began with this failure. Also called by a loop that replaces another one during an outage. */
        void failing(Throwable cause);

        /** The outage is over. */
        void working();

        /** A step has ended; see {@link Events.StepEnded}. */
        default void stepEnded(Duration next, Throwable failure, boolean ended) {}
    }

    /**
     * The work of a loop.
     *
     * @param step completes with the time to wait before the next step: zero after work, an interval when idle
     * @param ends whether a failure ends the loop; otherwise the step is retried. Asked once for each failure
     * @param trouble asked after each successful step: what the role cannot do at present; null if nothing
     */
    public record Work(Supplier<Future<Duration>> step, Predicate<Throwable> ends, Supplier<Throwable> trouble) {
        public Work(Supplier<Future<Duration>> step, Predicate<Throwable> ends) {
            this(step, ends, () -> null);
        }
    }

    /** If the loop replaces another one with the same reporter, {@code work} may be in trouble from the start. */
    public Poller(Vertx vertx, Reporter reporter, Work work) {
        this.vertx = vertx;
        this.reporter = reporter;
        this.work = work;
        this.failing = work.trouble().get() != null;
    }

    /** {@code name}: the role instance, as in the log. */
    public Poller(Vertx vertx, String name, Work work) {
        this(vertx, reporter(vertx, name), work);
    }

    /** A loop that retries every failure. */
    public Poller(Vertx vertx, String name, Supplier<Future<Duration>> step) {
        this(vertx, name, new Work(step, failure -> false));
    }

    /** Reports to the log and by {@link Events.StepEnded}. Loops that replace one another share a reporter. */
    public static Reporter reporter(Vertx vertx, String name) {
        return new LogAndEvents(vertx, name);
    }

    /** Runs the first step at once. */
    public void start() {
        run();
    }

    /** Makes the next step start now. Has no effect during a back-off or after {@link #stop}. */
    public void wake() {
        if (running) {
            woken = true;
        } else if (!backingOff && timer != -1 && vertx.cancelTimer(timer)) {
            run();
        }
    }

    /** Starts no further step. Completes when the current step, if any, has ended. Never fails. */
    public Future<Void> stop() {
        stopping = true;
        if (timer != -1) {
            vertx.cancelTimer(timer);
        }
        if (!running) {
            stopped.tryComplete();
        }
        return stopped.future();
    }

    private void run() {
        timer = -1;
        running = true;
        woken = false;
        Future<Duration> result;
        try {
            result = work.step().get();
        } catch (RuntimeException e) {
            result = Future.failedFuture(e);
        }
        result.onComplete(done -> {
            running = false;
            if (stopping) {
                stopped.tryComplete();
            } else if (done.failed() && work.ends().test(done.cause())) {
                stop();
                // After a simulated crash, the role starts again.
                reporter.stepEnded(Duration.ZERO, done.cause(), !(done.cause() instanceof Faults.SimulatedFailure));
            } else if (done.succeeded()) {
                succeeded(done.result());
            } else {
                failed(done.cause());
            }
        });
    }

    private void succeeded(Duration delay) {
        backingOff = false;
        var remaining = work.trouble().get();
        if (remaining != null) {
            isFailing(remaining);
        } else if (failing) {
            reporter.working();
            failures = 0;
            failing = false;
        }
        reporter.stepEnded(delay, remaining, false);
        next(woken ? 0 : delay.toMillis());
    }

    private void failed(Throwable t) {
        backingOff = true;
        failures++;
        isFailing(t);
        var ceiling = Math.min(MAX_BACK_OFF_MILLIS, MIN_BACK_OFF_MILLIS << Math.min(failures - 1, 10));
        reporter.stepEnded(Duration.ofMillis(ceiling), t, false);
        next(ceiling / 2 + ThreadLocalRandom.current().nextLong(ceiling / 2 + 1));
    }

    private void isFailing(Throwable t) {
        if (!failing) {
            failing = true;
            reporter.failing(t);
        }
    }

    private void next(long millis) {
        if (millis > 0) {
            timer = vertx.setTimer(millis, id -> run());
        } else {
            // Through the event loop: recursion would grow the stack, and a busy role must not starve others on its
            // thread.
            vertx.runOnContext(ignored -> {
                if (stopping) {
                    stopped.tryComplete();
                } else {
                    run();
                }
            });
        }
    }

    private static final class LogAndEvents implements Reporter {
        private static final long NEWS_NANOS = 1_000_000_000;

        private final Vertx vertx;
        private final String name;
        private long nextNews = System.nanoTime();
        private boolean toldFailure;
        private boolean failing;
        private long failingSince;

        LogAndEvents(Vertx vertx, String name) {
            this.vertx = vertx;
            this.name = name;
        }

        @Override
        public void failing(Throwable cause) {
            if (failing) {
                return;
            }
            failing = true;
            failingSince = System.nanoTime();
            LOG.warn("{} is failing and keeps trying: {}", name, Reason.of(cause));
        }

        @Override
        public void working() {
            if (!failing) {
                return; // the loop inherited a trouble that nobody was told of
            }
            failing = false;
            LOG.info("{} is working again after {} s", name, (System.nanoTime() - failingSince) / 1_000_000_000);
        }

        @Override
        public void stepEnded(Duration next, Throwable failure, boolean ended) {
            boolean failed = failure != null;
            if (failed) {
                LOG.debug("{} failed", name, failure);
            }
            if (!ended && failed == toldFailure && System.nanoTime() < nextNews) {
                return;
            }
            toldFailure = failed;
            nextNews = System.nanoTime() + NEWS_NANOS;
            Events.publish(
                    vertx,
                    new Events.StepEnded(name, next, failed ? String.valueOf(failure.getMessage()) : null, ended));
        }
    }
}
