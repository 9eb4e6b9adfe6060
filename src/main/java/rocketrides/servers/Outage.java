package rocketrides.servers;

import io.vertx.core.VertxException;
import io.vertx.core.http.ConnectionPoolTooBusyException;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.ClosedConnectionException;
import io.vertx.sqlclient.TransactionRollbackException;
import java.io.IOException;
import java.util.Set;
import java.util.concurrent.TimeoutException;

/** Tells a Postgres that is away or too busy (try again later) from a request that is wrong (never try again). */
public final class Outage {
    private static final Set<String> CLASSES = Set.of(
            "08", // the connection
            "40", // rolled back for the sake of others: deadlock, serialization
            "53", // out of connections, memory or disk
            "57"); // statement_timeout, shut down, crashed, starting up

    private static final Set<String> STATES = Set.of(
            "25P03", // idle_in_transaction_session_timeout: we were the ones that stood still
            "25P04", // transaction_timeout, which a role or a database may have
            "55006", // object_in_use
            "55P03", // lock_not_available: lock_timeout, which a role or a database may have
            "58030", // io_error: Postgres could not read or write its files
            "72000", // snapshot_too_old
            "25006"); // read_only_sql_transaction: failed over, and this is the standby now

    /** Of Postgres' own code, where it says that the result of a prepared statement changed by DDL; a second try prepares it anew. */
    private static final String REPLANNING = "RevalidateCachedQuery";

    /** Of the states above, those that a smaller statement may avoid: out_of_memory, and statement_timeout. */
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

    /** Whether Postgres is there, but may have been asked for too much at once. */
    public static boolean mayBeTooMuch(Throwable failure) {
        return failure instanceof PgException refused
                && (!isUnavailable(failure) || TOO_MUCH.contains(String.valueOf(refused.getSqlState())));
    }

    /**
     * The client says so, with no public class of their own, when the pool has no connection to give in time, or has lost one.
     * Its few complaints about a statement's parameters look the same; those are defects of the program, not requests.
     */
    private static boolean isPlain(Throwable failure) {
        return failure instanceof VertxException && !(failure instanceof TransactionRollbackException);
    }
}
