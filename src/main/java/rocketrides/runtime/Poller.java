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
 * The only loop of the program: runs a step, waits as long as the step said, runs it again. Steps never overlap.
 * {@link #wake()} ends the wait early; a wake-up that comes while a step is running is not lost. A step that fails is
 * tried again after a back-off of at most {@value #MAX_BACK_OFF_MILLIS} ms, with jitter, which no wake-up cuts short.
 *
 * <p>A role may have trouble although its step worked: the step did something else than what failed. Then it goes on at its
 * own pace, but it still counts as failing, and the back-off of the next failure goes on from that of the last one. An
 * outage costs one log line when it begins and one when it is over, and {@link Events.StepEnded} tells how it goes.
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
    /** Since the role last worked. */
    private int failures;

    private boolean backingOff;
    private boolean failing;

    /** Tells how a loop goes. */
    public interface Reporter {
        /** An outage began with this failure, or went on in a loop that took another one's place. */
        void failing(Throwable cause);

        /** The outage is over. */
        void working();

        /** A step has ended; see {@link Events.StepEnded}. */
        default void stepEnded(Duration next, Throwable failure, boolean ended) {}
    }

    /**
     * What a loop does.
     *
     * @param step completes with the time to wait before the next one: zero after work, an interval when idle
     * @param ends whether a failure ends the loop instead of being tried again; asked once for each failure
     * @param trouble asked after each step that worked: what the role cannot do at present; null if it can do all
     */
    public record Work(Supplier<Future<Duration>> step, Predicate<Throwable> ends, Supplier<Throwable> trouble) {
        public Work(Supplier<Future<Duration>> step, Predicate<Throwable> ends) {
            this(step, ends, () -> null);
        }
    }

    /** The loop may take the place of one that had the same reporter, and may have inherited its trouble. */
    public Poller(Vertx vertx, Reporter reporter, Work work) {
        this.vertx = vertx;
        this.reporter = reporter;
        this.work = work;
        this.failing = work.trouble().get() != null;
    }

    /** {@code name}: of the role instance, as people know it. */
    public Poller(Vertx vertx, String name, Work work) {
        this(vertx, reporter(vertx, name), work);
    }

    /** A loop that no failure ends. */
    public Poller(Vertx vertx, String name, Supplier<Future<Duration>> step) {
        this(vertx, name, new Work(step, failure -> false));
    }

    /** Tells by the log and by {@link Events.StepEnded}; to be used by one loop after another. */
    public static Reporter reporter(Vertx vertx, String name) {
        return new LogAndEvents(vertx, name);
    }

    /** Runs the first step now. */
    public void start() {
        run();
    }

    /** Something happened: the next step need not wait. Does nothing while backing off or stopped. */
    public void wake() {
        if (running) {
            woken = true;
        } else if (!backingOff && timer != -1 && vertx.cancelTimer(timer)) {
            run();
        }
    }

    /** No step starts from now on; completes when the one in flight, if any, has ended. Never fails. */
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
                reporter.stepEnded(Duration.ZERO, done.cause(), true);
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
            // Through the event loop, so that a busy role neither grows the stack nor starves its neighbours.
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
            var what = cause.getMessage() == null ? cause.toString() : cause.getMessage();
            LOG.warn("{} is failing and keeps trying: {}", name, what);
        }

        @Override
        public void working() {
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
