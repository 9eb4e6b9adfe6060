package rocketrides;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Undoes a start step by step, in reverse order, however far the start has come. All steps together have a time limit.
 * A step that begins after the limit still gets {@link #LEAST}. May be used from several threads.
 */
final class Teardown {
    private static final Logger LOG = LoggerFactory.getLogger("rocket-rides");
    static final Duration LEAST = Duration.ofSeconds(1);

    /** Undoes one step of the start. If it fails, the remaining steps still run. */
    @FunctionalInterface
    interface Step {
        /** {@code left}: how long it may take. */
        void run(Duration left) throws Exception;
    }

    private final Duration limit;
    private final Deque<Step> steps = new ArrayDeque<>();
    private boolean stopping;
    private long deadline;

    Teardown(Duration limit) {
        this.limit = limit;
    }

    /**
     * Call this directly before or after a step of the start.
     *
     * @throws IllegalStateException if the teardown has begun; {@code step} is then run at once
     */
    void add(Step step) {
        synchronized (this) {
            if (!stopping) {
                steps.push(step);
                return;
            }
        }
        undo(step);
        throw new IllegalStateException("stopped while starting");
    }

    /** Starts the time limit. From now on, {@link #add} fails, which ends the start. */
    synchronized void begin() {
        if (!stopping) {
            stopping = true;
            deadline = System.nanoTime() + limit.toNanos();
        }
    }

    synchronized boolean begun() {
        return stopping;
    }

    /** Returns when everything is undone. A second call does nothing. */
    void run() {
        begin();
        for (var step = next(); step != null; step = next()) {
            undo(step);
        }
    }

    private void undo(Step step) {
        try {
            step.run(left());
        } catch (Exception e) {
            LOG.warn("while stopping: {}", e.toString());
        }
    }

    private synchronized Duration left() {
        var left = Duration.ofNanos(deadline - System.nanoTime());
        return left.compareTo(LEAST) < 0 ? LEAST : left;
    }

    private synchronized Step next() {
        return steps.poll();
    }
}
