package rocketrides.servers;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import rocketrides.runtime.Poller;

/** Waits until Postgres is ready, and logs that it waits. */
final class Readiness<T> implements Poller.Reporter {
    private static final Logger LOG = LoggerFactory.getLogger(Postgres.class);

    private final String address;
    private final Context context;
    private final Poller poller;
    private final Promise<T> ready = Promise.promise();
    private T reached;

    /** @param ends whether a failure is final, so that waiting cannot help */
    Readiness(Vertx vertx, String address, Supplier<Future<T>> attempt, Predicate<Throwable> ends) {
        this.address = address;
        this.context = vertx.getOrCreateContext();
        this.poller =
                new Poller(vertx, this, new Poller.Work(() -> attempt.get().map(this::reached), ends));
    }

    private Duration reached(T result) {
        reached = result;
        return Duration.ZERO;
    }

    /** Completes with the first successful attempt. Fails with the first failure that is final. Call it once. */
    Future<T> await() {
        context.runOnContext(started -> poller.start());
        return ready.future();
    }

    @Override
    public void failing(Throwable cause) {
        LOG.warn("Waiting for Postgres at {}: {}", address, cause.getMessage());
    }

    @Override
    public void working() {
        LOG.info("Postgres at {} is back", address);
    }

    @Override
    public void stepEnded(Duration next, Throwable failure, boolean ended) {
        if (ended) {
            ready.fail(failure);
        } else if (failure == null) {
            poller.stop();
            ready.complete(reached);
        }
    }
}
