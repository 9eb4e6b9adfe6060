package rocketrides.tracing;

import static io.opentelemetry.api.common.AttributeKey.longKey;
import static io.opentelemetry.api.common.AttributeKey.stringKey;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import java.time.Instant;
import java.util.Optional;
import rocketrides.log.LogRecord;
import rocketrides.log.Traceparent;

/**
 * Writes down what happened to records, by OpenTelemetry's conventions for messaging. The context that a record carries is
 * that of the request which made it, so all spans of the record are children of the request's.
 */
final class Spans {
    private static final AttributeKey<String> SYSTEM = stringKey("messaging.system");
    private static final AttributeKey<String> DESTINATION = stringKey("messaging.destination.name");
    private static final AttributeKey<String> OPERATION = stringKey("messaging.operation.name");
    private static final AttributeKey<String> OPERATION_TYPE = stringKey("messaging.operation.type");
    private static final AttributeKey<String> GROUP = stringKey("messaging.consumer.group.name");
    private static final AttributeKey<String> MESSAGE = stringKey("messaging.message.id");
    private static final AttributeKey<Long> OFFSET = longKey("rocketrides.offset");
    private static final AttributeKey<Long> SEGMENT = longKey("rocketrides.segment");
    private static final AttributeKey<String> ERROR_TYPE = stringKey("error.type");

    private static final String PUBLISH = "publish";
    private static final String CONSUME = "consume";

    private static final TextMapGetter<String> GETTER =
            (traceparent, name) -> name.equals(Traceparent.FIELD) ? traceparent : null;

    private final Tracer tracer;
    private final String stream;

    Spans(Tracer tracer, String stream) {
        this.tracer = tracer;
        this.stream = stream;
    }

    /** As it goes into a record. */
    static String traceparent(SpanContext context) {
        return "00-" + context.getTraceId() + "-" + context.getSpanId() + "-"
                + context.getTraceFlags().asHex();
    }

    /** What the record carries; empty if it is not traced. */
    static Optional<Context> contextOf(LogRecord record) {
        return Traceparent.of(record)
                .map(text -> W3CTraceContextPropagator.getInstance().extract(Context.root(), text, GETTER))
                .filter(context -> Span.fromContext(context).getSpanContext().isSampled());
    }

    void published(Context parent, long offset, long segment, Instant start, Instant end) {
        span(parent, PUBLISH, "send", SpanKind.PRODUCER, offset, start)
                .setAttribute(SEGMENT, segment)
                .end(end);
    }

    /** {@code rejected}: why the record was set aside; null if it was applied. */
    void consumed(Context parent, String consumer, long offset, Instant start, Instant end, String rejected) {
        var span = span(parent, CONSUME, "process", SpanKind.CONSUMER, offset, start)
                .setAttribute(GROUP, consumer);
        if (rejected != null) {
            span.setStatus(StatusCode.ERROR, rejected).setAttribute(ERROR_TYPE, "rejected");
        }
        span.end(end);
    }

    private Span span(Context parent, String operation, String type, SpanKind kind, long offset, Instant start) {
        return tracer.spanBuilder(operation + " " + stream)
                .setParent(parent)
                .setSpanKind(kind)
                .setStartTimestamp(start)
                .setAttribute(SYSTEM, "redis")
                .setAttribute(DESTINATION, stream)
                .setAttribute(OPERATION, operation)
                .setAttribute(OPERATION_TYPE, type)
                .setAttribute(MESSAGE, Long.toString(offset))
                .setAttribute(OFFSET, offset)
                .startSpan();
    }
}
