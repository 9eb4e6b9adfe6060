package rocketrides.runtime;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(VertxExtension.class)
class RepeatTest {
    private final Vertx vertx;
    private final AtomicInteger steps = new AtomicInteger();

    RepeatTest(Vertx vertx) {
        this.vertx = vertx;
    }

    private void repeat(Supplier<Future<Boolean>> step) throws Exception {
        var end = Promise.<Void>promise();
        vertx.runOnContext(on -> Repeat.whileTrue(step).onComplete(end));
        end.future().await(20, SECONDS);
    }

    private Future<Boolean> later(boolean more) {
        var done = Promise.<Boolean>promise();
        vertx.runOnContext(on -> done.complete(more));
        return done.future();
    }

    /** Broken: so many steps that nested futures would overflow the stack. Must hold: it completes. */
    @Test
    void anyNumberOfPiecesComesToAnEnd() throws Exception {
        repeat(() -> later(steps.incrementAndGet() < 20_000));
        assertEquals(20_000, steps.get());
    }

    @Test
    void theFirstFailureEndsIt() {
        var thrown = assertThrows(
                IllegalStateException.class,
                () -> repeat(() -> {
                    if (steps.incrementAndGet() == 3) {
                        throw new IllegalStateException("a bug");
                    }
                    return later(true);
                }));
        assertEquals("a bug", thrown.getMessage());
        steps.set(0);
        var failed = assertThrows(
                IllegalStateException.class,
                () -> repeat(() -> steps.incrementAndGet() == 3
                        ? Future.failedFuture(new IllegalStateException("away"))
                        : later(true)));
        assertEquals("away", failed.getMessage());
        assertEquals(3, steps.get());
    }
}
