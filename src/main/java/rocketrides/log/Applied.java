package rocketrides.log;

import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * An event for whoever follows single records: a consumer's save is committed.
 *
 * @param consumer its name
 * @param rejected why records were set aside, by offset
 * @param begun when the save began
 */
public record Applied(
        String consumer, int partition, List<LogRecord> records, Map<Long, String> rejected, Instant begun) {}
