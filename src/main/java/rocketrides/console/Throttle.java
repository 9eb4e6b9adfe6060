package rocketrides.console;

import io.vertx.core.Vertx;
import java.util.function.BinaryOperator;
import java.util.function.Consumer;

/** Reports the first event at once, and later ones as a sum, at most twice a second. Use it on one context only. */
final class Throttle<T> {
    private static final long INTERVAL_MILLIS = 500;

    private final Vertx vertx;
    private final BinaryOperator<T> sum;
    private final Consumer<T> say;

    private T unsaid;
    private boolean waiting;

    Throttle(Vertx vertx, BinaryOperator<T> sum, Consumer<T> say) {
        this.vertx = vertx;
        this.sum = sum;
        this.say = say;
    }

    void add(T event) {
        unsaid = unsaid == null ? event : sum.apply(unsaid, event);
        if (!waiting) {
            flush();
        }
    }

    /** Reports pending events without waiting. */
    void flush() {
        if (unsaid != null) {
            var event = unsaid;
            unsaid = null;
            say.accept(event);
            if (!waiting) {
                waiting = true;
                vertx.setTimer(INTERVAL_MILLIS, id -> {
                    waiting = false;
                    flush();
                });
            }
        }
    }
}
