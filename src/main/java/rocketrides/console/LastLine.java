package rocketrides.console;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import rocketrides.runtime.Events;
import rocketrides.runtime.Words;
import rocketrides.status.Standing;
import rocketrides.status.Status;

/** Says at the end of a run what it has done, and how it leaves the log. To be used from any thread. */
public final class LastLine {
    private static final Logger LOG = LoggerFactory.getLogger("rocket-rides");

    private final long begun = System.nanoTime();
    private final LongAdder booked = new LongAdder();
    private volatile String left = "the books could not be read";

    /** Counts rides from now on. */
    public LastLine(Vertx vertx) {
        Events.on(vertx, Events.Staged.class, staged -> booked.add(staged.records()));
    }

    /** Looks at the log; for when all roles have stopped and Postgres is still there. Never fails. */
    public Future<Void> read(Supplier<Future<Status>> status, Duration timeout) {
        return status.get()
                .timeout(timeout.toMillis(), TimeUnit.MILLISECONDS)
                .onSuccess(last -> {
                    var standing = Standing.of(last, Map.of()).details();
                    left = last.books() + (standing.isEmpty() ? "" : "; " + standing);
                })
                .onFailure(t -> left = "the books could not be read: " + t.getMessage())
                .<Void>mapEmpty()
                .otherwiseEmpty();
    }

    /** {@code booking}: whether rides could be booked in this process. */
    public void say(boolean booking) {
        LOG.info(
                "stopped after {}{}; {}",
                Words.span(Duration.ofNanos(System.nanoTime() - begun)),
                booking ? "; " + Words.count(booked.sum(), "ride") + " booked" : "",
                left);
    }
}
