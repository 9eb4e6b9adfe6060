package rocketrides.tracing;

import java.time.Instant;
import java.util.List;
import rocketrides.consumer.Projection;
import rocketrides.consumer.Transaction;
import rocketrides.log.LogRecord;

/** Keeps each event together with the context of its record, for {@link TracedCheckpoints}; else as the projection. */
final class TracedProjection<E> implements Projection<Traced<E>> {
    private final Projection<E> projection;

    TracedProjection(Projection<E> projection) {
        this.projection = projection;
    }

    @Override
    public String name() {
        return projection.name();
    }

    @Override
    public Traced<E> read(LogRecord record) {
        var event = projection.read(record);
        if (event == null) {
            return null;
        }
        return Spans.contextOf(record)
                .map(context -> new Traced<>(event, context, record.offset(), Instant.now()))
                .orElseGet(() -> new Traced<>(event, null, 0, null));
    }

    @Override
    public void apply(List<Traced<E>> events, Transaction transaction) {
        projection.apply(events.stream().map(Traced::event).toList(), transaction);
    }

    @Override
    public void reset(Transaction transaction) {
        projection.reset(transaction);
    }
}
