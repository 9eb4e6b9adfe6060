package rocketrides.servers;

import io.vertx.core.VertxException;
import io.vertx.core.http.ConnectionPoolTooBusyException;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.ClosedConnectionException;
import io.vertx.sqlclient.TransactionRollbackException;
import java.io.IOException;
import java.util.Set;
import java.util.concurrent.TimeoutException;

/**
 * Distinguishes an outage or overload of Postgres, where a retry makes sense, from a statement that can never succeed.
 */
public final class Outage {
    private static final Set<String> CLASSES = Set.of(
            "08", // connection exception
            "40", // transaction rollback: deadlock, serialization failure
            "53", // insufficient resources: connections, memory, disk
            "57"); // operator intervention: statement_timeout, shutdown, crash, starting up

    private static final Set<String> STATES = Set.of(
            "25P03", // idle_in_transaction_session_timeout: this process was too slow
            "25P04", // transaction_timeout, which may be set for a role or a database
            "55006", // object_in_use
            "55P03", // lock_not_available: lock_timeout, which may be set for a role or a database
            "58030", // io_error: Postgres could not read or write its files
            "72000", // snapshot_too_old
            "25006"); // read_only_sql_transaction: after a failover, this server is a standby

    /**
     * The function of Postgres that reports that DDL has changed the result of a prepared statement. A retry prepares
     * it anew.
     */
    private static final String REPLANNING = "RevalidateCachedQuery";

    /** States that a smaller statement may avoid: out_of_memory, and query_canceled by statement_timeout. */
    private static final Set<String> TOO_MUCH = Set.of("53200", "57014");

    private Outage() {}

    public static boolean isUnavailable(Throwable failure) {
        if (failure instanceof PgException refused) {
            String state = String.valueOf(refused.getSqlState());
            return STATES.contains(state)
                    || (state.length() == 5 && CLASSES.contains(state.substring(0, 2)))
                    || REPLANNING.equals(refused.getRoutine());
        }
        return failure instanceof IOException
                || failure instanceof TimeoutException
                || failure instanceof ClosedConnectionException
                || failure instanceof ConnectionPoolTooBusyException
                || failure.getCause() instanceof IOException
                || isPlain(failure);
    }

    /** Whether Postgres answered, and the statement may have been too large. */
    public static boolean mayBeTooMuch(Throwable failure) {
        return failure instanceof PgException refused
                && (!isUnavailable(failure) || TOO_MUCH.contains(String.valueOf(refused.getSqlState())));
    }

    /**
     * The client throws a plain {@link VertxException} if the pool has no connection in time or has lost one. It throws
     * the same for a few errors in a statement's parameters. Those are bugs of this program, so they are not told
     * apart.
     */
    private static boolean isPlain(Throwable failure) {
        return failure instanceof VertxException && !(failure instanceof TransactionRollbackException);
    }
}
