package rocketrides.cli;

import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Tuple;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import rocketrides.log.Layout;
import rocketrides.runtime.Words;
import rocketrides.servers.ServerException;
import rocketrides.status.Books;
import rocketrides.status.StatusReader;

/** Shows the partitions of the log, or changes their number while the program runs. */
@Command(
        name = "partitions",
        description = {
            "Shows the partitions of the log. With a number, changes how many there are; the program may be running.",
            "The open partitions are closed, and this number of new ones is opened. Records with the same key keep their"
                    + " order: a consumer begins with the new partitions when it has applied everything in the old ones.",
            "Run it as the role that owns the tables. Then set log.partitions to the same number: a start with another"
                    + " one is refused.",
            "Exits with 1 and changes nothing if transactions that stage records do not end in time."
        },
        mixinStandardHelpOptions = true)
public final class PartitionsCommand implements Callable<Integer> {
    private static final int MOST = 256;

    /** While it waits for the lock, everybody who stages records waits as well. */
    private static final String LIMIT = "SET LOCAL lock_timeout = '1s'";

    private static final String CHANGE = "SELECT lay_out_partitions($1)";

    private static final String HOLDERS = """
            SELECT DISTINCT pid FROM pg_locks
             WHERE granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
               AND (relation = 'staged_log_records'::regclass AND mode NOT IN ('AccessShareLock', 'RowShareLock')
                 OR locktype = 'advisory' AND objid = 7001)
             ORDER BY pid""";

    private static final int ATTEMPTS = 20;
    private static final long PAUSE_NANOS = 500_000_000;
    private static final String LOCKED = "55P03";
    private static final String NOT_PERMITTED = "42501";
    private static final String NO_SUCH_FUNCTION = "42883";

    private final Configuration configuration;

    @Parameters(
            arity = "0..1",
            paramLabel = "NUMBER",
            description = "1 to " + MOST + ". Without it, shows the partitions.")
    private Long number;

    @Mixin
    private Output output;

    public PartitionsCommand(Configuration configuration) {
        this.configuration = configuration;
    }

    @Override
    public Integer call() {
        if (number != null && (number < 1 || number > MOST)) {
            throw new ParameterException(output.line(), "the number is " + number + ", allowed: 1 to " + MOST);
        }
        return configuration.inSession(session -> number == null ? show(session) : change(session));
    }

    private int show(Session session) {
        var reader = new StatusReader(
                session.pool(), session.settings().log(), Books.NONE, () -> Future.failedFuture("it is not shown"));
        var now = session.await(reader.readPositions());
        now.partitions().forEach(partition -> output.text("%s", partition.describe(now.members())));
        output.json(new JsonArray(now.partitions().stream()
                .map(partition -> partition.toJson(now.members()))
                .toList()));
        return Output.OK;
    }

    private int change(Session session) {
        var before = open(session);
        for (int attempt = 1; attempt <= ATTEMPTS; attempt++) {
            if (session.await(changed(session.pool()))) {
                var now = open(session);
                output.text(now.equals(before) ? "The log has %s already." : "The log has %s now.", describe(now));
                output.json(new JsonObject().put("partitions", now));
                output.say("Before the next start of a process, set log.partitions to " + number + ".");
                return Output.OK;
            }
            output.say("Attempt " + attempt + " of " + ATTEMPTS + ": " + holders(session)
                    + " did not end a transaction within 1 s.");
            LockSupport.parkNanos(PAUSE_NANOS);
        }
        output.say("Nothing was changed. End these transactions (SELECT * FROM pg_stat_activity), and try again.");
        return Output.NO;
    }

    /** Completes with false if somebody holds a lock for too long. */
    private Future<Boolean> changed(Pool pool) {
        return pool.withTransaction(
                        transaction -> transaction.query(LIMIT).execute().compose(set -> transaction
                                .preparedQuery(CHANGE)
                                .execute(Tuple.of(number.intValue()))))
                .map(true)
                .recover(t -> {
                    var code = t instanceof PgException refused ? String.valueOf(refused.getSqlState()) : "";
                    return switch (code) {
                        case LOCKED -> Future.succeededFuture(false);
                        case NOT_PERMITTED ->
                            Future.failedFuture(new ServerException(
                                    "This role may not change the tables (" + ((PgException) t).getErrorMessage()
                                            + "). Run the command as their owner.",
                                    t));
                        case NO_SUCH_FUNCTION ->
                            Future.failedFuture(new ServerException(
                                    "The tables are of another version. First run: rocket-rides-log schema", t));
                        default -> Future.failedFuture(t);
                    };
                });
    }

    private static JsonArray open(Session session) {
        return new JsonArray(session.await(Layout.read(session.pool())).open());
    }

    private static String describe(JsonArray open) {
        var numbers = open.stream().map(String::valueOf).collect(Collectors.joining(", "));
        return Words.count(open.size(), "partition") + " (" + numbers + ")";
    }

    /** {@code session 4711, 4712 of Postgres}. */
    private static String holders(Session session) {
        var pids = session.await(
                session.pool().query(HOLDERS).execute().map(rows -> StreamSupport.stream(rows.spliterator(), false)
                        .map(row -> "" + row.getInteger(0))
                        .collect(Collectors.joining(", "))));
        return pids.isEmpty() ? "some session" : "session " + pids + " of Postgres";
    }
}
