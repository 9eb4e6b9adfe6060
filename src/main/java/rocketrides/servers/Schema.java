package rocketrides.servers;

import io.vertx.core.Future;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.SqlConnection;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import rocketrides.runtime.Repeat;

/**
 * Applies {@code schema.sql} and then the application's SQL. The comment on the table {@code log_head} holds the digest
 * of all texts. If it matches, nothing is done and no lock is taken. Otherwise everything is applied in one
 * transaction, by one process at a time. That transaction has a short lock timeout: while it waits for the lock of a
 * running process, everybody else queues behind it.
 *
 * <p>Tables of an older version are upgraded step by step, and only by {@link #upgrade}. Step 1 of {@code /a/b.sql} is
 * {@code /a/migrations/b-1.sql}, if it exists. Each step is a transaction that stores its number in the comment on
 * {@code log_head}: if the process dies, the next upgrade continues from there.
 */
final class Schema {
    private static final String LOG = "/rocketrides/schema.sql";

    /** The steps from version 1, in which log_head was a table with one row. */
    private static final int STEPS = 3;

    /** The comment on {@code log_head} during an upgrade, followed by the number of the last step. */
    private static final String STEP = "schema step ";

    /**
     * {@code step}: the last finished step; null if no upgrade is needed. {@code layout}: the number of partitions, as
     * text.
     */
    private static final String LOOK = """
            SELECT pg_is_in_recovery() AS standby, version, obj_description(to_regclass('partitions')::oid, 'pg_class') AS layout,
                   coalesce(substring(version FROM '^schema step (.*)$')::integer, (
                     SELECT 0 FROM pg_attribute
                      WHERE attrelid = to_regclass('log_head') AND attname = 'one' AND NOT attisdropped)) AS step
              FROM (SELECT obj_description(to_regclass('log_head')::oid, 'pg_class') AS version) v""";

    private static final String ALONE =
            "SET LOCAL lock_timeout = '5s'; SET LOCAL client_min_messages = warning; SELECT pg_advisory_xact_lock(7000)";
    private static final String BEGIN_SCRATCH = "SAVEPOINT scratch; CREATE SCHEMA rocket_rides_log_scratch;"
            + " SET LOCAL search_path = rocket_rides_log_scratch";
    private static final String END_SCRATCH = "ROLLBACK TO SAVEPOINT scratch";
    private static final String NOT_PERMITTED = "42501";

    private static final Logger LOGGER = LoggerFactory.getLogger("schema");

    private final Pool pool;
    private final String address;
    private final Map<String, String> texts = new LinkedHashMap<>();
    private final String version;
    private final int partitions;

    /** The text that is being applied, for error messages. */
    private volatile String applying;

    /** The shape of the objects that the texts create in an empty schema; null until known. */
    private volatile Shape expected;

    Schema(Pool pool, String address, LogTables tables) {
        this.pool = pool;
        this.address = address;
        this.partitions = tables.partitions();
        texts.put(LOG, read(LOG));
        tables.texts().forEach(resource -> texts.put(resource, read(resource)));
        version = "schema "
                + UUID.nameUUIDFromBytes(String.join("", texts.values()).getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Completes when the schema is applied. Fails with a {@link ServerException} that says what to do if the server is
     * a standby, if the role may not apply the schema, if a text has an error, if existing tables have another
     * shape, if they are of an older version, or if the log has another number of partitions.
     */
    Future<Void> apply() {
        return isCurrent(pool)
                .compose(current -> current
                        ? Future.succeededFuture()
                        : pool.withTransaction(this::applyAlone).recover(this::explained));
    }

    /** Like {@link #apply}, but first upgrades tables of an older version. */
    Future<Void> upgrade() {
        return Repeat.whileTrue(() -> pool.withTransaction(this::takeStep))
                .recover(this::explained)
                .compose(taken -> apply());
    }

    private Future<Row> look(SqlClient client) {
        return client.query(LOOK).execute().map(rows -> {
            var found = rows.iterator().next();
            if (found.getBoolean("standby")) {
                throw new ServerException("Postgres at " + address
                        + " is a standby, which cannot be written to. Name the primary in postgres.uri"
                        + " or DATABASE_URL.");
            }
            return found;
        });
    }

    private Future<Boolean> isCurrent(SqlClient client) {
        return look(client).map(found -> {
            if (found.getInteger("step") != null) {
                throw new ServerException("The tables in Postgres at " + address
                        + " are of an older version. Stop all streamers and consumers, and bring the tables to this version as"
                        + " their owner: rocket-rides-log schema");
            }
            requireLayout(found);
            return version.equals(found.getString("version"));
        });
    }

    private Future<Void> applyAlone(SqlConnection connection) {
        return execute(connection, ALONE)
                .compose(alone -> isCurrent(connection)) // another process may have applied the schema meanwhile
                .compose(current -> current ? Future.succeededFuture() : applyAndCompare(connection));
    }

    /**
     * Executes the next step, if there is one. Completes with whether another one follows. The last step applies all
     * texts in its transaction.
     */
    private Future<Boolean> takeStep(SqlConnection connection) {
        return execute(connection, ALONE + "; SET LOCAL statement_timeout = 0")
                .compose(alone -> look(connection))
                .compose(found -> {
                    var taken = found.getInteger("step");
                    if (taken == null) {
                        return Future.succeededFuture(false);
                    }
                    int next = taken + 1;
                    LOGGER.info("step {} of {} brings the tables to this version", next, STEPS);
                    return run(connection, step(next))
                            .compose(done ->
                                    next == STEPS ? applyAndCompare(connection) : comment(connection, STEP + next))
                            .map(next < STEPS);
                });
    }

    /** The SQL of a step, by the names of the resources. */
    private Map<String, String> step(int number) {
        var files = new LinkedHashMap<String, String>();
        for (var text : texts.keySet()) {
            int slash = text.lastIndexOf('/') + 1;
            var file = text.substring(0, slash) + "migrations/"
                    + text.substring(slash).replace(".sql", "-" + number + ".sql");
            if (Schema.class.getResource(file) != null) {
                files.put(file, read(file));
            }
        }
        return files;
    }

    private Future<Void> applyAndCompare(SqlConnection connection) {
        return tryOut(connection)
                .compose(triedOut -> run(connection, texts))
                .compose(applied -> refuseOtherShapes(connection, null))
                .compose(same -> look(connection))
                .compose(found -> layOut(connection, found))
                .compose(laidOut -> comment(connection, version));
    }

    private Future<Void> layOut(SqlConnection connection, Row found) {
        if (found.getString("layout") == null) {
            return execute(connection, "SELECT lay_out_partitions(" + partitions + ")");
        }
        requireLayout(found);
        return Future.succeededFuture();
    }

    /** Throws if the log has another number of open partitions. */
    private void requireLayout(Row found) {
        var layout = found.getString("layout");
        // the comment's text, as use_open_partitions writes it: not formatted for people
        if (layout != null && !layout.equals(partitions + (partitions == 1 ? " partition" : " partitions"))) {
            throw new ServerException("log.partitions is " + partitions + ", but the log in Postgres at "
                    + address + " has " + layout
                    + ". Set log.partitions to that number, or change the log, as the owner of its tables:"
                    + " rocket-rides-log partitions " + partitions);
        }
    }

    private static Future<Void> comment(SqlConnection connection, String version) {
        return execute(connection, "COMMENT ON TABLE log_head IS '" + version + "'");
    }

    private static Future<Void> execute(SqlConnection connection, String sql) {
        return connection.query(sql).execute().mapEmpty();
    }

    private Future<Void> run(SqlConnection connection, Map<String, String> statements) {
        var applied = Future.<Void>succeededFuture();
        for (var name : statements.keySet()) {
            applied = applied.compose(before -> {
                applying = name;
                return execute(connection, statements.get(name));
            });
        }
        return applied;
    }

    /** Applies the texts in an empty schema, reads the shape of the objects they create, and rolls back. */
    private Future<Void> tryOut(SqlConnection connection) {
        return execute(connection, BEGIN_SCRATCH)
                .compose(begun -> run(connection, texts))
                .compose(applied -> Shape.of(connection))
                .onSuccess(shape -> expected = shape)
                .compose(shape -> execute(connection, END_SCRATCH));
    }

    /**
     * The transaction was rolled back. If an existing table has another shape, then that is the likely cause of the
     * failure, and it is reported instead.
     */
    private Future<Void> explained(Throwable failure) {
        if (!(failure instanceof PgException refused) || Outage.isUnavailable(refused)) {
            return Future.failedFuture(failure);
        }
        if (NOT_PERMITTED.equals(refused.getSqlState())) {
            throw new ServerException(
                    "The tables in Postgres at " + address
                            + " are missing or not of this version, and this role may not"
                            + " change them (" + refused.getErrorMessage()
                            + "). Apply them as the owner of the tables and"
                            + " of the database: rocket-rides-log schema",
                    refused);
        }
        if (expected == null) {
            throw new ServerException(
                    applying + " cannot be applied to Postgres at " + address + ", so nothing was changed: "
                            + refused.getErrorMessage(),
                    refused);
        }
        return pool.withConnection(connection -> refuseOtherShapes(connection, refused))
                .compose(same -> Future.failedFuture(refused));
    }

    private Future<Void> refuseOtherShapes(SqlConnection connection, Throwable cause) {
        return Shape.of(connection, expected.names()).map(expected::differences).map(differences -> {
            if (!differences.isEmpty()) {
                throw new ServerException(
                        "Postgres at " + address + " has tables that are not as this version makes them: "
                                + String.join("; ", differences)
                                + ". They belong to another program or to another version of this one. Nothing was changed."
                                + " Name another database in postgres.uri or DATABASE_URL, or alter the tables as "
                                + String.join(" and ", texts.keySet()) + " make them.",
                        cause);
            }
            return null;
        });
    }

    private static String read(String resource) {
        try (InputStream in = Schema.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new IllegalArgumentException("there is no " + resource + " on the class path");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
