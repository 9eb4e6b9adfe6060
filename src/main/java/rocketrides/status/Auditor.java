package rocketrides.status;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import java.time.Duration;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import rocketrides.runtime.Events;

/**
 * Audits the {@link Books}: for every consumer, in one snapshot, the truth must equal what the consumer has counted
 * plus what it has still to read. One process runs it, but any number may. Without books, it only reads the state. Use
 * it on one context only.
 */
public final class Auditor {
    private static final Logger LOG = LoggerFactory.getLogger("audit");
    private static final int PAUSE_FACTOR = 20;

    private final Books books;
    private final Pool pool;
    private final Supplier<Future<Status>> status;
    private boolean balanced = true;

    /** {@code status}: reads the state including the books. */
    public Auditor(Books books, Pool pool, Supplier<Future<Status>> status) {
        this.books = books;
        this.pool = pool;
        this.status = status;
    }

    /**
     * Runs one audit and publishes the result. Completes with the time until the next pass: the interval, or 20 times
     * as long as this pass took.
     */
    public Future<Duration> pass(Vertx vertx, Duration interval) {
        var begun = System.nanoTime();
        return runOnce().map(found -> {
            Events.publish(vertx, new StatusRead(found));
            return Duration.ofNanos(Math.max(interval.toNanos(), PAUSE_FACTOR * (System.nanoTime() - begun)));
        });
    }

    /** Completes with the result. Logs an alarm when the books stop balancing, and a line when they balance again. */
    public Future<Status> runOnce() {
        return books.tend(pool).compose(tended -> status.get()).onSuccess(this::judge);
    }

    private void judge(Status now) {
        if (now.balanced() == balanced) {
            return;
        }
        balanced = !balanced;
        if (balanced) {
            LOG.info("the books balance again: {}", now.total());
        } else {
            var disagreeing = now.disagreeing().stream()
                    .map(consumer -> consumer.name() + " " + consumer.unaccounted())
                    .collect(Collectors.joining("; "));
            LOG.error(
                    "ALARM: the books do not balance: of {}, unaccounted for (negative: too much): {}",
                    now.total(),
                    disagreeing.isEmpty() ? now.unaccounted() : disagreeing);
        }
    }
}
