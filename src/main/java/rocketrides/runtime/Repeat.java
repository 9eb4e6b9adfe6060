package rocketrides.runtime;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.function.Supplier;

/** Repeats an asynchronous step. A chain of {@code compose} calls would overflow the stack after a thousand steps. */
public final class Repeat {
    private Repeat() {}

    /** Repeats {@code step} while it completes with true. Completes after the first false; fails if a step fails. */
    public static Future<Void> whileTrue(Supplier<Future<Boolean>> step) {
        var end = Promise.<Void>promise();
        next(step, end);
        return end.future();
    }

    private static void next(Supplier<Future<Boolean>> step, Promise<Void> end) {
        Future.succeededFuture()
                .compose(before -> step.get())
                .onSuccess(more -> {
                    if (more) {
                        next(step, end);
                    } else {
                        end.complete();
                    }
                })
                .onFailure(end::fail);
    }
}
