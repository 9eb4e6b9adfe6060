package rocketrides.log;

import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * Event for observers of single records: a consumer's save is committed.
 *
 * @param consumer the consumer's name
 * @param rejected reasons of rejected records, by offset
 * @param begun when the save began
 */
public record Applied(
        String consumer, int partition, List<LogRecord> records, Map<Long, String> rejected, Instant begun) {}
