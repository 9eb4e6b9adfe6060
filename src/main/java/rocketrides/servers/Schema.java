package rocketrides.servers;

import io.vertx.core.Future;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.SqlConnection;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Applies {@code schema.sql} and then the application's SQL. The comment on the table {@code log_head} holds the digest
 * of all texts. If it matches, nothing is done and no lock is taken. Otherwise everything is applied in one
 * transaction, by one process at a time. That transaction has a short lock timeout: while it waits for the lock of a
 * running process, everybody else queues behind it.
 */
final class Schema {
    private static final String LOG = "/rocketrides/schema.sql";
    private static final String LOOK = "SELECT pg_is_in_recovery() AS standby,"
            + " obj_description(to_regclass('log_head')::oid, 'pg_class') AS version";
    private static final String ALONE =
            "SET LOCAL lock_timeout = '5s'; SET LOCAL client_min_messages = warning; SELECT pg_advisory_xact_lock(7000)";
    private static final String BEGIN_SCRATCH = "SAVEPOINT scratch; CREATE SCHEMA rocket_rides_log_scratch;"
            + " SET LOCAL search_path = rocket_rides_log_scratch";
    private static final String END_SCRATCH = "ROLLBACK TO SAVEPOINT scratch";
    private static final String NOT_PERMITTED = "42501";

    private final Pool pool;
    private final String address;
    private final Map<String, String> texts = new LinkedHashMap<>();
    private final String version;

    /** The text that is being applied, for error messages. */
    private volatile String applying;

    /** The shape of the objects that the texts create in an empty schema; null until known. */
    private volatile Shape expected;

    /** {@code resources}: the application's SQL on the class path, in the order in which to apply it. */
    Schema(Pool pool, String address, List<String> resources) {
        this.pool = pool;
        this.address = address;
        texts.put(LOG, read(LOG));
        resources.forEach(resource -> texts.put(resource, read(resource)));
        version = "schema " + digest(String.join("", texts.values()));
    }

    /**
     * Completes when the schema is applied. Fails with a {@link ServerException} that says what to do if the server is
     * a standby, if the role may not apply the schema, if a text has an error, or if existing tables have another
     * shape.
     */
    Future<Void> apply() {
        return isCurrent(pool)
                .compose(current -> current
                        ? Future.succeededFuture()
                        : pool.withTransaction(this::applyAlone).recover(this::explained));
    }

    private Future<Boolean> isCurrent(SqlClient client) {
        return client.query(LOOK).execute().compose(rows -> {
            var found = rows.iterator().next();
            return found.getBoolean("standby")
                    ? Future.failedFuture(new ServerException("Postgres at " + address
                            + " is a standby, which cannot be written to. Name the primary in postgres.uri"
                            + " or DATABASE_URL."))
                    : Future.succeededFuture(version.equals(found.getString("version")));
        });
    }

    private Future<Void> applyAlone(SqlConnection connection) {
        return connection
                .query(ALONE)
                .execute()
                .compose(alone -> isCurrent(connection)) // another process may have applied the schema meanwhile
                .compose(current -> current ? Future.succeededFuture() : applyAndCompare(connection));
    }

    private Future<Void> applyAndCompare(SqlConnection connection) {
        return tryOut(connection)
                .compose(shape -> applyTexts(connection))
                .compose(applied -> Shape.of(connection, expected.names()))
                .compose(found -> refuse(expected.differences(found), null))
                .compose(same -> connection
                        .query("COMMENT ON TABLE log_head IS '" + version + "'")
                        .execute())
                .mapEmpty();
    }

    private Future<Void> applyTexts(SqlConnection connection) {
        var applied = Future.<Void>succeededFuture();
        for (var name : texts.keySet()) {
            applied = applied.compose(before -> {
                applying = name;
                return connection.query(texts.get(name)).execute().mapEmpty();
            });
        }
        return applied;
    }

    /** Applies the texts in an empty schema, reads the shape of the objects they create, and rolls back. */
    private Future<Shape> tryOut(SqlConnection connection) {
        return connection
                .query(BEGIN_SCRATCH)
                .execute()
                .compose(begun -> applyTexts(connection))
                .compose(applied -> Shape.of(connection))
                .onSuccess(shape -> expected = shape)
                .compose(shape -> connection.query(END_SCRATCH).execute().map(shape));
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
            return Future.failedFuture(new ServerException(
                    "The tables in Postgres at " + address
                            + " are missing or not of this version, and this role may not"
                            + " change them (" + refused.getErrorMessage()
                            + "). Apply them as the owner of the tables and"
                            + " of the database: rocket-rides-log schema",
                    refused));
        }
        return expected == null
                ? Future.failedFuture(new ServerException(
                        applying + " cannot be applied to Postgres at " + address + ", so nothing was changed: "
                                + refused.getErrorMessage(),
                        refused))
                : pool.withConnection(connection -> Shape.of(connection, expected.names()))
                        .compose(found -> refuse(expected.differences(found), refused))
                        .compose(same -> Future.failedFuture(refused));
    }

    private Future<Void> refuse(List<String> differences, Throwable cause) {
        if (differences.isEmpty()) {
            return Future.succeededFuture();
        }
        return Future.failedFuture(new ServerException(
                "Postgres at " + address + " has tables that are not as this version makes them: "
                        + String.join("; ", differences)
                        + ". They belong to another program or to another version of this one. Nothing was changed."
                        + " Name another database in postgres.uri or DATABASE_URL, or alter the tables as "
                        + String.join(" and ", texts.keySet()) + " make them.",
                cause));
    }

    private static String digest(String text) {
        try {
            var sha = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(sha, 0, 8);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
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
