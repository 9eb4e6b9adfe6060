package rocketrides.consumer;

import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.util.function.Predicate;
import rocketrides.log.LogStream;
import rocketrides.runtime.Poller;

/** Runs one consumer, pass after pass, until it is undeployed or {@code ends} is true for a failure. */
final class ConsumerVerticle extends VerticleBase {
    private final Poller.Reporter reporter;
    private final Consumer consumer;
    private final LogStream stream;
    private final Predicate<Throwable> ends;
    private Poller poller;

    ConsumerVerticle(Poller.Reporter reporter, Consumer consumer, LogStream stream, Predicate<Throwable> ends) {
        this.reporter = reporter;
        this.consumer = consumer;
        this.stream = stream;
        this.ends = ends;
    }

    @Override
    public Future<?> start() {
        poller = new Poller(vertx, reporter, new Poller.Work(consumer::runOnce, ends, consumer::trouble));
        poller.start();
        return Future.succeededFuture();
    }

    /** Ends a wait for the stream at once, but waits for a save in progress. */
    @Override
    public Future<?> stop() {
        var stopped = poller.stop();
        // The last pass may have opened it again.
        return stream.close().transform(closed -> stopped).transform(ended -> stream.close());
    }
}
