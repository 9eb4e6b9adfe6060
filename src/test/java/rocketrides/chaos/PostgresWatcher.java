package rocketrides.chaos;

import java.math.BigDecimal;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import rocketrides.chaos.Findings.Invariant;

/**
 * Reads Postgres many times a second, without the proxies. Adds every new segment to the {@link ObservedLog}, before
 * retention can delete it, and compares checkpoints and totals with it.
 */
final class PostgresWatcher extends SqlWatcher {
    private static final String SEGMENTS = """
            SELECT first_offset, last_offset, tag, records FROM log_segments
             WHERE partition = ? AND first_offset > ? ORDER BY first_offset LIMIT 200""";

    private static final String SAMPLE = """
            SELECT c.name, c.partition, c.last_offset, coalesce(t.rides, 0), coalesce(t.total_distance, 0)
              FROM checkpoints c LEFT JOIN total_distances t ON t.consumer = c.name AND t.partition = c.partition""";

    private record Instance(String consumer, int partition) {}

    private record Sample(Instance consumer, long offset, long rides, BigDecimal total) {}

    private final ObservedLogs history;
    private final Findings findings;
    private final Map<Instance, Sample> latest = new HashMap<>();
    private final List<Sample> unjudged = new ArrayList<>();

    PostgresWatcher(PostgresServer postgres, ObservedLogs history, Findings findings) {
        super("postgres watcher", 40, () -> postgres);
        this.history = history;
        this.findings = findings;
    }

    @Override
    void look() throws SQLException {
        sample();
        segments();
        judge();
    }

    private void sample() throws SQLException {
        try (var statement = connection().createStatement();
                var rows = statement.executeQuery(SAMPLE)) {
            while (rows.next()) {
                var now = new Sample(
                        new Instance(rows.getString(1), rows.getInt(2)),
                        rows.getLong(3),
                        rows.getLong(4),
                        rows.getBigDecimal(5));
                var before = latest.put(now.consumer, now);
                findings.check(
                        Invariant.CHECKPOINTS_RISE,
                        before == null || before.offset <= now.offset,
                        "%s was at %s, is at %s",
                        now.consumer,
                        before,
                        now);
                unjudged.add(now);
            }
        }
    }

    private void segments() throws SQLException {
        try (var statement = connection().createStatement();
                var partitions = statement.executeQuery("SELECT partition FROM log_head")) {
            while (partitions.next()) {
                segments(partitions.getInt(1));
            }
        }
    }

    private void segments(int partition) throws SQLException {
        var log = history.of(partition);
        try (var statement = connection().prepareStatement(SEGMENTS)) {
            statement.setInt(1, partition);
            statement.setLong(2, log.head());
            try (var rows = statement.executeQuery()) {
                while (rows.next()) {
                    log.segment(rows.getLong(1), rows.getLong(2), rows.getString(3), rows.getString(4));
                }
            }
        }
    }

    private void judge() {
        unjudged.removeIf(sample -> {
            var log = history.of(sample.consumer.partition);
            if (sample.offset > log.head()) {
                return false; // not added yet
            }
            findings.check(
                    Invariant.ON_THE_CURVE,
                    sample.rides == sample.offset
                            && sample.total.compareTo(BigDecimal.valueOf(log.total(sample.offset), 3)) == 0,
                    "%s; the log's total there is %d mm",
                    sample,
                    log.total(sample.offset));
            return true;
        });
    }
}
