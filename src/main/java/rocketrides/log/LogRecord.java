package rocketrides.log;

/**
 * One record of the log.
 *
 * @param offset its position: 1, 2, 3, … without a gap, fixed and durable before anybody sees the record
 * @param action what happened, for example {@code create}
 * @param object what it happened to, for example {@code order}
 * @param data the facts, as JSON text; null in an entry of the stream if it is too large for one
 */
public record LogRecord(long offset, String action, String object, String data) {}
