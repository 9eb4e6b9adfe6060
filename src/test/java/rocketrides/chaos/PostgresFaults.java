package rocketrides.chaos;

import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import rocketrides.testing.Pause;

/** What can happen to Postgres, and to sessions in it. */
final class PostgresFaults {
    private static final String TERMINATE_ALL = """
            SELECT pg_terminate_backend(pid) FROM pg_stat_activity
             WHERE application_name = 'rocket-rides-log' AND random() < 0.5""";

    /** Sessions whose statement, now or last, was the mark: what they published is not marked yet, or has just been. */
    private static final String TERMINATE_BEFORE_MARK = """
            SELECT pg_terminate_backend(pid) FROM pg_stat_activity
             WHERE application_name = 'rocket-rides-log' AND query LIKE 'UPDATE log_cursor%'""";

    /**
     * As if the clock of Postgres had gone forward by more than a lease. Whoever beats first owns everything, beside those who
     * do not know yet: two processes work at once, for up to half a second.
     */
    private static final String LEASES_OVER = """
            UPDATE assignments SET until = until - interval '4 s';
            UPDATE members SET seen_at = seen_at - interval '4 s'""";

    private static final String STAGE = """
            WITH r AS (INSERT INTO rides (distance) VALUES (99999999) RETURNING id)
            INSERT INTO staged_log_records (action, object, data)
            SELECT 'create', 'ride', jsonb_build_object('id', id, 'distance', 99999999) FROM r""";

    private final PostgresServer postgres;

    PostgresFaults(PostgresServer postgres) {
        this.postgres = postgres;
    }

    void inject(ScheduledFault fault) throws IOException, SQLException {
        switch (fault.kind()) {
            case POSTGRES_CRASH -> {
                postgres.crash();
                Pause.millis(fault.lasts());
                postgres.start();
            }
            case POSTGRES_IMMEDIATE -> {
                postgres.stop("immediate");
                Pause.millis(fault.lasts());
                postgres.start();
            }
            case POSTGRES_PAUSE -> {
                postgres.signal("STOP");
                Pause.millis(fault.lasts());
                postgres.signal("CONT");
            }
            case TERMINATE_ALL -> execute(TERMINATE_ALL);
            case TERMINATE_BEFORE_MARK -> execute(TERMINATE_BEFORE_MARK);
            case LEASES_OVER -> execute(LEASES_OVER);
            case STUCK_WRITER -> hold(fault, STAGE, Connection.TRANSACTION_READ_COMMITTED);
            case STUCK_READER ->
                hold(fault, "SELECT count(*) FROM log_segments", Connection.TRANSACTION_REPEATABLE_READ);
            default -> throw new IllegalArgumentException("not for Postgres: " + fault);
        }
    }

    private void execute(String sql) throws SQLException {
        try (var connection = postgres.connect();
                var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    /** A transaction that stays open for long, and never commits. */
    private void hold(ScheduledFault fault, String sql, int isolation) throws SQLException {
        try (var connection = postgres.connect();
                var statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            connection.setTransactionIsolation(isolation);
            statement.execute(sql);
            Pause.millis(fault.lasts());
            connection.rollback();
        }
    }
}
