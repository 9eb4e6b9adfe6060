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
import rocketrides.runtime.Reason;
import rocketrides.runtime.Words;
import rocketrides.status.Standing;
import rocketrides.status.Status;

/** Logs at the end of a run what the process has done, and the state of the log. May be used from any thread. */
public final class LastLine {
    private static final Logger LOG = LoggerFactory.getLogger("rocket-rides");

    private final long begun;
    private final LongAdder written = new LongAdder();
    private volatile String left = "the state of the log could not be read";

    /** Counts records from now on. {@code begun}: when the start of the process began, in System.nanoTime(). */
    public LastLine(Vertx vertx, long begun) {
        this.begun = begun;
        Events.on(vertx, Events.Staged.class, staged -> written.add(staged.records()));
    }

    /**
     * Reads the state of the log. Call this after all roles have stopped, while Postgres is still connected. Never
     * fails.
     */
    public Future<Void> read(Supplier<Future<Status>> status, Duration timeout) {
        return status.get()
                .timeout(timeout.toMillis(), TimeUnit.MILLISECONDS)
                .onSuccess(last -> left = new Standing(last, Map.of()).summary())
                .onFailure(t -> left = "the state of the log could not be read: " + Reason.of(t))
                .<Void>mapEmpty()
                .otherwiseEmpty();
    }

    /** {@code writing}: whether this process has an API, which stages records. */
    public void say(boolean writing) {
        LOG.info(
                "stopped after {}{}; {}",
                Words.span(Duration.ofNanos(System.nanoTime() - begun)),
                writing ? "; " + Words.count(written.sum(), "record") + " written" : "",
                left);
    }
}
