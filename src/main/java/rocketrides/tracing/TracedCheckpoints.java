package rocketrides.tracing;

import io.vertx.core.Future;
import java.time.Instant;
import java.util.Optional;
import java.util.stream.Collectors;
import rocketrides.consumer.Checkpoints;

/**
 * A span for each traced record that this consumer has gone over or set aside, until the commit. A save that did nothing, or
 * of which it is not known, leaves no span: so there is one for each record and consumer, like the effect itself. Only a
 * save whose answer got lost leaves none. Else does what the checkpoints do.
 */
final class TracedCheckpoints implements Checkpoints {
    private final String consumer;
    private final Checkpoints checkpoints;
    private final Spans spans;

    TracedCheckpoints(String consumer, Checkpoints checkpoints, Spans spans) {
        this.consumer = consumer;
        this.checkpoints = checkpoints;
        this.spans = spans;
    }

    @Override
    public Future<Saved> save(Batch batch) {
        var begin = Instant.now();
        return checkpoints.save(batch).onSuccess(saved -> {
            if (saved.outcome() == Saved.Outcome.DONE) {
                saved(batch, saved, begin, Instant.now());
            }
        });
    }

    private void saved(Batch batch, Saved saved, Instant begin, Instant end) {
        var reasons = saved.rejected().stream()
                .collect(Collectors.toMap(rejected -> rejected.record().offset(), Rejected::reason));
        for (var record : batch.records()) {
            Spans.contextOf(record)
                    .ifPresent(context -> spans.consumed(
                            context, consumer, record.offset(), begin, end, reasons.get(record.offset())));
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
