package rocketrides.console;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import rocketrides.status.Status;

/**
 * Says, whenever all consumers are level, that they agree with the rides table, or loudly that they do not. It asks only
 * after something has changed, at most once a second, and less often when the answer takes long. Use it on one context only.
 */
final class Agreement {
    private static final Logger LOG = LoggerFactory.getLogger("agreement");
    private static final Duration SETTLE = Duration.ofMillis(100);
    private static final Duration MIN_PAUSE = Duration.ofSeconds(1);
    private static final Duration MAX_PAUSE = Duration.ofSeconds(5);
    private static final int PAUSE_FACTOR = 20;

    private final Vertx vertx;
    private final Supplier<Future<Status>> status;

    private boolean changed;
    private boolean waiting;
    private Object said;

    Agreement(Vertx vertx, Supplier<Future<Status>> status) {
        this.vertx = vertx;
        this.status = status;
    }

    /** A consumer has moved. */
    void changed() {
        changed = true;
        if (!waiting) {
            askAfter(SETTLE);
        }
    }

    private void askAfter(Duration pause) {
        waiting = true;
        vertx.setTimer(pause.toMillis(), id -> {
            if (changed) {
                ask();
            } else {
                waiting = false;
            }
        });
    }

    private void ask() {
        changed = false;
        var asked = System.nanoTime();
        status.get().onSuccess(this::judge).onFailure(this::failed).onComplete(ignored -> {
            var cost = Duration.ofNanos(System.nanoTime() - asked).multipliedBy(PAUSE_FACTOR);
            askAfter(Collections.min(List.of(MAX_PAUSE, Collections.max(List.of(MIN_PAUSE, cost)))));
        });
    }

    private void failed(Throwable t) {
        LOG.debug("the status is not known", t);
        changed = true; // so that it is asked again
    }

    private void judge(Status now) {
        if (!now.level()) {
            return;
        }
        var disagreeing = now.disagreeing();
        var verdict = List.of(now.rides(), now.consumers().size(), disagreeing);
        if (verdict.equals(said)) {
            return;
        }
        said = verdict;
        if (disagreeing.isEmpty()) {
            LOG.info(
                    "{} with the rides table: rides={}, total_distance={}m",
                    now.consumers().size() == 1
                            ? "the only consumer agrees"
                            : "all " + now.consumers().size() + " consumers agree",
                    now.rides().count(),
                    now.rides().totalDistance());
        }
        disagreeing.forEach(consumer -> LOG.error(
                "DISAGREEMENT: {} is level with rides={}, total_distance={}m, but the rides table has rides={},"
                        + " total_distance={}m",
                consumer.name(),
                consumer.rides(),
                consumer.totalDistance(),
                now.rides().count(),
                now.rides().totalDistance()));
    }
}
