package rocketrides.testing;

import io.vertx.core.Future;
import rocketrides.streamer.Publisher;
import rocketrides.streamer.Sealer;

/** A streamer whose stages the test runs one by one. */
public record TestStreamer(Sealer sealer, Publisher publisher) {

    /** Seals once, then publishes once. Completes with whether there may be more to do. */
    public Future<Boolean> runOnce() {
        return sealer.runOnce().compose(toSeal -> publisher
                .runOnce()
                .map(toPublish -> toSeal != Sealer.Next.IDLE || toPublish != Publisher.Next.IDLE));
    }
}
