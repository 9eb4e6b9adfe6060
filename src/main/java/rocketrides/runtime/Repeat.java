package rocketrides.runtime;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.function.Supplier;

/** Work that is done piece by piece. Composing each piece with the next would overflow the stack after a thousand. */
public final class Repeat {
    private Repeat() {}

    /** Completes when a {@code step} has completed with false; until then each is followed by another. Fails if one fails. */
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
