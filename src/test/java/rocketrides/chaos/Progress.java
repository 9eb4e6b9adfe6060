package rocketrides.chaos;

import java.sql.SQLException;

/** The progress of the log in records: committed, published, and counted by every consumer. */
record Progress(long committed, long published, long counted) {
    private static final String SQL = """
            SELECT h.next_offset - 1 + (SELECT count(*) FROM staged_log_records), u.published,
                   (SELECT CASE count(*) WHEN CONSUMERS THEN min(last_offset) ELSE 0 END FROM checkpoints)
              FROM log_head h, log_cursor u""".replace("CONSUMERS", "" + Cluster.CONSUMERS.size());

    static Progress of(PostgresServer postgres) throws SQLException {
        try (var connection = postgres.connect();
                var statement = connection.createStatement();
                var rows = statement.executeQuery(SQL)) {
            rows.next();
            return new Progress(rows.getLong(1), rows.getLong(2), rows.getLong(3));
        }
    }
}
