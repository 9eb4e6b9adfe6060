package rocketrides.chaos;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.function.Supplier;

/** A watcher with a connection to Postgres. */
abstract class SqlWatcher extends Watcher {
    private final Supplier<PostgresServer> postgres;
    private Connection connection;

    /** {@code postgres}: the server, for each new connection. */
    SqlWatcher(String name, int everyMillis, Supplier<PostgresServer> postgres) {
        super(name, everyMillis);
        this.postgres = postgres;
    }

    Connection connection() throws SQLException {
        if (connection == null) {
            connection = postgres.get().connect();
        }
        return connection;
    }

    @Override
    void disconnect() {
        try {
            if (connection != null) {
                connection.close();
            }
        } catch (SQLException e) {
            connection = null;
        }
        connection = null;
    }
}
