package rocketrides.chaos;

import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;

/** The progress of each partition in records: committed, published, and counted by every consumer. */
record Progress(Map<Integer, Records> partitions) {
    private static final String SQL = """
            SELECT h.partition, h.next_offset - 1 + (SELECT count(*) FROM staged_log_records s WHERE s.partition = h.partition),
                   u.published,
                   (SELECT CASE count(*) WHEN CONSUMERS THEN min(last_offset) ELSE 0 END FROM checkpoints c
                     WHERE c.partition = h.partition)
              FROM log_head h JOIN log_cursor u USING (partition)""".replace("CONSUMERS", "" + Cluster.CONSUMERS.size());

    /** Of one partition. */
    record Records(long committed, long published, long counted) {}

    static Progress of(PostgresServer postgres) throws SQLException {
        var partitions = new HashMap<Integer, Records>();
        try (var connection = postgres.connect();
                var statement = connection.createStatement();
                var rows = statement.executeQuery(SQL)) {
            while (rows.next()) {
                partitions.put(rows.getInt(1), new Records(rows.getLong(2), rows.getLong(3), rows.getLong(4)));
            }
        }
        return new Progress(partitions);
    }

    long committed() {
        return partitions.values().stream().mapToLong(Records::committed).sum();
    }

    /** Whether every partition's records of that time are counted, and later ones, too. */
    boolean hasCounted(Progress then) {
        return isPast(
                then, partitions.values().stream().mapToLong(Records::counted).sum(), true);
    }

    /** Whether every partition's records of that time are published, and later ones, too. */
    boolean hasPublished(Progress then) {
        return isPast(
                then, partitions.values().stream().mapToLong(Records::published).sum(), false);
    }

    private boolean isPast(Progress then, long sum, boolean counted) {
        return sum > then.committed()
                && then.partitions.entrySet().stream().allMatch(before -> {
                    var now = partitions.get(before.getKey());
                    return (counted ? now.counted : now.published) >= before.getValue().committed;
                });
    }
}
