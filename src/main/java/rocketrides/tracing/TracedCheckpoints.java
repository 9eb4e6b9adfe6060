package rocketrides.tracing;

import io.vertx.core.Future;
import java.time.Instant;
import java.util.Optional;
import rocketrides.consumer.Checkpoints;

/**
 * A span for each traced record that this consumer has applied or set aside, until the commit. A save that did nothing, or
 * of which it is not known, leaves no span: so there is one for each record and consumer, like the effect itself. Only a
 * save whose answer got lost leaves none. Else does what the checkpoints do.
 */
final class TracedCheckpoints<E> implements Checkpoints<Traced<E>> {
    private final String consumer;
    private final Checkpoints<Traced<E>> checkpoints;
    private final Spans spans;

    TracedCheckpoints(String consumer, Checkpoints<Traced<E>> checkpoints, Spans spans) {
        this.consumer = consumer;
        this.checkpoints = checkpoints;
        this.spans = spans;
    }

    @Override
    public Future<Saved> save(Batch<Traced<E>> batch) {
        var begin = Instant.now();
        return checkpoints.save(batch).onSuccess(saved -> {
            if (saved.outcome() == Saved.Outcome.DONE) {
                saved(batch, begin, Instant.now());
            }
        });
    }

    private void saved(Batch<Traced<E>> batch, Instant begin, Instant end) {
        for (var event : batch.events()) {
            if (event.context() != null) {
                spans.consumed(event.context(), consumer, event.offset(), event.read(), end, null);
            }
        }
        for (var rejected : batch.rejected()) {
            var record = rejected.record();
            Spans.contextOf(record)
                    .ifPresent(context ->
                            spans.consumed(context, consumer, record.offset(), begin, end, rejected.reason()));
        }
    }

    @Override
    public Future<Void> register() {
        return checkpoints.register();
    }

    @Override
    public Future<Optional<Checkpoint>> load() {
        return checkpoints.load();
    }

    @Override
    public Future<Void> countCrash() {
        return checkpoints.countCrash();
    }
}
