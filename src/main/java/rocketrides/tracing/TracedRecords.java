package rocketrides.tracing;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.function.BiConsumer;
import rocketrides.log.Applied;
import rocketrides.log.LogRecord;
import rocketrides.log.Sent;
import rocketrides.log.Traceparent;
import rocketrides.runtime.Events;
import rocketrides.runtime.Events.Sealed;

/**
 * Creates spans for traced records by OpenTelemetry's messaging conventions. Their parent is the span of the request
 * that staged the record. Each publication of a record is one span. It starts when the record was sealed; if another
 * process sealed it, or it is published again, the span starts when it was sent. Each consumer that commits or rejects
 * the record is one span. A save whose reply is lost leaves no span.
 */
final class TracedRecords extends VerticleBase {
    private static final int MAX_REMEMBERED = 64;
    private static final TextMapGetter<String> GETTER =
            (traceparent, name) -> name.equals(Traceparent.FIELD) ? traceparent : null;

    private final Tracer tracer;
    private final String stream;
    private final LinkedHashMap<Place, Instant> sealed = new LinkedHashMap<>();

    private record Place(int partition, long offset) {}

    /** {@code stream}: the destination name in the spans. */
    TracedRecords(Tracer tracer, String stream) {
        this.tracer = tracer;
        this.stream = stream;
    }

    @Override
    public Future<?> start() {
        Events.on(vertx, Sealed.class, this::sealed);
        Events.on(vertx, Sent.class, this::sent);
        Events.on(vertx, Applied.class, this::applied);
        return Future.succeededFuture();
    }

    private void sealed(Sealed segment) {
        sealed.put(new Place(segment.partition(), segment.firstOffset()), Instant.now());
        if (sealed.size() > MAX_REMEMBERED) {
            sealed.remove(sealed.keySet().iterator().next());
        }
    }

    private void sent(Sent sent) {
        var segment = sent.segment();
        // a segment that is sent again has no entry any more
        var sealedAt = sealed.remove(new Place(sent.partition(), segment.firstOffset()));
        if (Traceparent.mayBeIn(segment.lines())) {
            var start = sealedAt != null && sealedAt.isBefore(sent.begun()) ? sealedAt : sent.begun();
            var end = Instant.now();
            forTraced(segment.records(), (record, parent) -> span(
                            parent, SpanKind.PRODUCER, sent.partition(), record, start)
                    .setAttribute("rocketrides.segment", segment.firstOffset())
                    .end(end));
        }
    }

    private void applied(Applied applied) {
        var end = Instant.now();
        forTraced(applied.records(), (record, parent) -> {
            var span = span(parent, SpanKind.CONSUMER, applied.partition(), record, applied.begun())
                    .setAttribute("messaging.consumer.group.name", applied.consumer());
            var rejected = applied.rejected().get(record.offset());
            if (rejected != null) {
                span.setStatus(StatusCode.ERROR, rejected).setAttribute("error.type", "rejected");
            }
            span.end(end);
        });
    }

    private static void forTraced(List<LogRecord> records, BiConsumer<LogRecord, Context> action) {
        for (var record : records) {
            Traceparent.of(record)
                    .map(text -> W3CTraceContextPropagator.getInstance().extract(Context.root(), text, GETTER))
                    .filter(context ->
                            Span.fromContext(context).getSpanContext().isSampled())
                    .ifPresent(context -> action.accept(record, context));
        }
    }

    private Span span(Context parent, SpanKind kind, int partition, LogRecord record, Instant start) {
        boolean published = kind == SpanKind.PRODUCER;
        var operation = published ? "publish" : "consume";
        return tracer.spanBuilder(operation + " " + stream)
                .setParent(parent)
                .setSpanKind(kind)
                .setStartTimestamp(start)
                .setAttribute("messaging.system", "redis")
                .setAttribute("messaging.destination.name", stream)
                .setAttribute("messaging.destination.partition.id", Integer.toString(partition))
                .setAttribute("messaging.operation.name", operation)
                .setAttribute("messaging.operation.type", published ? "send" : "process")
                .setAttribute("messaging.message.id", Long.toString(record.offset()))
                .setAttribute("rocketrides.offset", record.offset())
                .startSpan();
    }
}
