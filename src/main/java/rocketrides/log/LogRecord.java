package rocketrides.log;

/**
 * One record of the log.
 *
 * @param offset its position: 1, 2, 3, … without gaps; final and durable before the record is published
 * @param action what happened, for example {@code create}
 * @param object what it happened to, for example {@code order}
 * @param data the facts, as JSON text; null in an entry of the stream if it is too large for an entry
 */
public record LogRecord(long offset, String action, String object, String data) {}
