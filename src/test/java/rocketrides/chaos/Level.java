package rocketrides.chaos;

import java.sql.SQLException;
import java.util.concurrent.TimeUnit;
import rocketrides.testing.Pause;

/** Waits until nothing is staged, everything is published, and every consumer is at the head. */
final class Level {
    private static final String STATE = """
            SELECT (SELECT count(*) FROM staged_log_records) AS staged, sum(h.next_offset - 1), sum(u.published),
                   (SELECT string_agg(name || '/' || partition || '=' || last_offset, ' ' ORDER BY name, partition)
                      FROM checkpoints),
                   (SELECT count(*) FROM checkpoints c JOIN log_head USING (partition) WHERE last_offset = next_offset - 1),
                   count(*)
              FROM log_head h JOIN log_cursor u USING (partition)""";

    private String state = "unknown";

    /**
     * The milliseconds that this took, or -1 if it is not so after a minute; {@link #state} then describes the state.
     */
    long await(PostgresServer postgres) {
        long begin = System.nanoTime();
        while (System.nanoTime() - begin < TimeUnit.MINUTES.toNanos(1)) {
            try (var connection = postgres.connect();
                    var statement = connection.createStatement();
                    var rows = statement.executeQuery(STATE)) {
                rows.next();
                state = "staged " + rows.getLong(1) + ", head " + rows.getLong(2) + ", published " + rows.getLong(3)
                        + ", " + rows.getString(4);
                if (rows.getLong(1) == 0
                        && rows.getLong(2) == rows.getLong(3)
                        && rows.getLong(5) == rows.getLong(6) * Cluster.CONSUMERS.size()) {
                    return (System.nanoTime() - begin) / 1_000_000;
                }
            } catch (SQLException e) {
                state = e.getMessage();
            }
            Pause.millis(50);
        }
        return -1;
    }

    String state() {
        return state;
    }
}
