package rocketrides;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Undoes a start, step by step, the latest first, however far the start has come. All steps together have a limited time;
 * one that begins when it is over still has {@link #LEAST}. May be used from several threads.
 */
final class Teardown {
    private static final Logger LOG = LoggerFactory.getLogger("rocket-rides");
    static final Duration LEAST = Duration.ofSeconds(1);

    /** What undoes one step of the start. It may fail; the next ones follow nevertheless. */
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
     * To be called when a step of the start has just been made, or is just about to be.
     *
     * @throws IllegalStateException if everything is being undone already: then this is undone at once
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

    /** From now on the start does not get any further: its next {@link #add} fails. The time begins. */
    synchronized void begin() {
        if (!stopping) {
            stopping = true;
            deadline = System.nanoTime() + limit.toNanos();
        }
    }

    /** Returns when everything is undone. Does nothing the second time. */
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
