/**
 * Traces each request from its head to the commit of every consumer. Spans go to a collector by OTLP over HTTP. The
 * program uses this package only if {@code tracing.endpoint} is set. No other package uses OpenTelemetry.
 *
 * <pre>
 *  POST ───────────────────────┐  SERVER: {@link rocketrides.tracing.TracedRequests}
 *     │ the record's data: {"traceparent": "00-…"}
 *     ├── publish ────┐           PRODUCER, sealed to published: {@link rocketrides.tracing.TracedRecords}
 *     ├──    consume ───┐         CONSUMER, consumer0, applied to committed
 *     └──    consume ────┐        CONSUMER, consumer1
 * </pre>
 *
 * <p>The trace context is part of the record's data and stored nowhere else. So it survives whatever the record
 * survives: a crash of any process, an empty Redis, a gap that is read from Postgres. A record is traced if its
 * request was. For a record without a context, tracing costs one text search.
 *
 * <p>Roles do not know of tracing: the spans of records are made from events, on an event loop of their own. A separate
 * thread sends the spans from a bounded queue. If the collector is unreachable or too slow, only spans are lost.
 */
package rocketrides.tracing;
