/**
 * One trace for each request, from its head to the commit of every consumer, sent to a collector by OTLP over HTTP. Built
 * only when {@code tracing.endpoint} is set; nothing else in the program knows OpenTelemetry.
 *
 * <pre>
 *  POST ───────────────────────┐  SERVER: {@link rocketrides.tracing.TracedRequests}
 *     │ the record's data: {"traceparent": "00-…"}
 *     ├── publish ────┐           PRODUCER, sealed to published: {@link rocketrides.tracing.TracedRecords}
 *     ├──    consume ───┐         CONSUMER, consumer0, applied to committed
 *     └──    consume ────┐        CONSUMER, consumer1
 * </pre>
 *
 * <p>The context travels in the record and nowhere else, so it survives whatever the record survives: a crash of any
 * process, an empty Redis, a gap that is read from the archive. A record is traced if its request was; records without a
 * context cost a look for the word.
 *
 * <p>Roles know nothing of tracing: spans of records are made from events, on an event loop of their own. A thread of its own
 * sends them from a queue of limited length; when the collector is away or too slow, spans are lost and nothing else.
 */
package rocketrides.tracing;
