package rocketrides.servers;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.pgclient.PgConnection;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlConnection;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Checks that Postgres sessions have the settings they asked for, and that each belongs to one connection of ours only.
 * A pooler between us and Postgres may drop the settings. It may also assign one Postgres session to several of our
 * connections in turn, which breaks prepared statements and settings.
 */
record SessionCheck(Vertx vertx, PgConnectOptions options, String address) {
    private static final Logger LOG = LoggerFactory.getLogger(Postgres.class);
    /**
     * Enough rounds to detect a pooler that shares sessions, whichever idle session it picks first. See
     * {@link #refuseShared}.
     */
    private static final int ROUNDS = 3;

    private static final long SECONDS = 5;

    /**
     * Errors that waiting does not resolve. PgBouncer reports all its own errors with one SQLSTATE, 08P01 (protocol
     * violation), which otherwise counts as an outage.
     */
    private static final Pattern NEVER_MENDED = Pattern.compile(
            "(unsupported startup parameter|no pg_hba.conf entry|password authentication failed|SASL authentication failed|no such (user|database)"
                    + "|database .* does not exist|auth failed|bouncer config error|SSL required).*");

    /**
     * Completes when the sessions of this pool can be used. Fails with a {@link ServerException} that says what to do
     * if they cannot, and with the client's failure during an outage.
     *
     * @param asked the settings that sessions of this pool have asked for
     */
    Future<Void> check(Pool pool, Map<String, String> asked) {
        return pool.withConnection(mine -> compare(mine, asked)
                        .compose(same -> pid(mine))
                        .compose(pid -> pid == PgConnection.cast(mine).processId()
                                ? Future.succeededFuture()
                                : refuseShared(mine, pid, ROUNDS)))
                .recover(this::explained);
    }

    private Future<Void> compare(SqlConnection mine, Map<String, String> asked) {
        return mine.query(SessionSettings.toRead(asked)).execute().compose(rows -> {
            List<String> dangerous = new ArrayList<>();
            List<String> slow = new ArrayList<>();
            rows.forEach(row -> {
                var name = row.getString("name");
                var wanted = asked.get(name);
                if (!SessionSettings.isSatisfied(name, wanted, row.getString("value"))) {
                    (SessionSettings.NECESSARY.contains(name) ? dangerous : slow)
                            .add(name + " is " + row.getString("value") + " (must be " + wanted + ")");
                }
            });
            if (!slow.isEmpty()) {
                LOG.warn(
                        "Sessions on Postgres at {} do not have what they asked for, and will be slower, or outlive a"
                                + " host that vanishes: {}",
                        address,
                        slow);
            }
            return dangerous.isEmpty()
                    ? Future.succeededFuture()
                    : Future.failedFuture(new ServerException("Sessions on Postgres at " + address
                            + " do not have what they asked for: " + String.join(", ", dangerous)
                            + ". A pooler may have dropped it (ignore_startup_parameters). Give it to the role: ALTER ROLE \""
                            + options.getUser() + "\" SET name = 'value'; or connect to Postgres itself."));
        });
    }

    /**
     * Detects a pooler in transaction mode. It would run our next statement in another Postgres session, or run a
     * statement of another client in ours. To provoke that, one connection after the other holds a transaction open.
     * Sooner or later, one of them gets the session that was ours, or we get another session.
     */
    private Future<Void> refuseShared(SqlConnection mine, int before, int rounds) {
        if (rounds == 0) {
            return Future.succeededFuture();
        }
        return PgConnection.connect(vertx, new PgConnectOptions(options)).compose(other -> other.query("BEGIN")
                .execute()
                .compose(begun -> pid(other))
                .timeout(SECONDS, TimeUnit.SECONDS)
                .recover(failure -> unlessRefused(failure, mine))
                .compose(taken -> taken == before ? Future.failedFuture(shared()) : pid(mine))
                .compose(after ->
                        after == before ? refuseShared(mine, before, rounds - 1) : Future.failedFuture(shared()))
                .eventually(other::close));
    }

    /**
     * A pooler in statement mode closes a connection that begins a transaction. An outage would have closed our session
     * as well, so asking for its process ID tells the two apart.
     */
    private Future<Integer> unlessRefused(Throwable failure, SqlConnection mine) {
        return failure instanceof TimeoutException
                ? Future.failedFuture(new TimeoutException(
                        "the pooler gave no further session in " + SECONDS + " s; is its pool full?"))
                : pid(mine).compose(alive -> Future.failedFuture(shared()));
    }

    private static Future<Integer> pid(SqlConnection connection) {
        return connection.query("SELECT pg_backend_pid() AS pid").execute().map(rows -> rows.iterator()
                .next()
                .getInteger("pid"));
    }

    private ServerException shared() {
        return new ServerException(
                "Postgres at " + address + " is behind a pooler that gives a session of Postgres to several"
                        + " of ours in turn (PgBouncer: pool_mode = transaction or statement). That breaks prepared statements and"
                        + " settings. Set pool_mode = session for this database, or connect to Postgres itself.");
    }

    private Future<Void> explained(Throwable failure) {
        if (!(failure instanceof PgException refused) || !"08P01".equals(refused.getSqlState())) {
            return Future.failedFuture(failure);
        }
        var message = refused.getErrorMessage();
        if (!NEVER_MENDED.matcher(message).lookingAt()) {
            return Future.failedFuture(failure);
        }
        var advice = message.startsWith("unsupported startup parameter")
                ? ". For PgBouncer, set ignore_startup_parameters = " + SessionSettings.ignored()
                        + ", and give the role these settings; or connect to Postgres itself."
                : "";
        return Future.failedFuture(new ServerException("Postgres at " + address + ": " + message + advice, failure));
    }
}
