package rocketrides.runtime;

import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.time.Duration;
import java.util.function.Supplier;

/** A verticle that runs a {@link Poller}. Undeploying it waits for the current step. */
public final class PollerVerticle extends VerticleBase {
    private final String name;
    private final Supplier<Future<Duration>> step;
    private Poller poller;

    /** As for {@link Poller}. {@code step} runs on this verticle's context. */
    public PollerVerticle(String name, Supplier<Future<Duration>> step) {
        this.name = name;
        this.step = step;
    }

    @Override
    public Future<?> start() {
        poller = new Poller(vertx, name, step);
        poller.start();
        return Future.succeededFuture();
    }

    @Override
    public Future<?> stop() {
        return poller.stop();
    }
}
