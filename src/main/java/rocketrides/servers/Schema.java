package rocketrides.servers;

import io.vertx.core.Future;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlConnection;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * Applies {@code /schema.sql}: all of it or nothing, one process at a time, and never waiting for long on the locks of a
 * process at work, because everybody else would queue behind us. A role that may not do so goes on with a schema that is
 * there already, if it is this version's.
 */
final class Schema {
    private static final String IN_RECOVERY = "SELECT pg_is_in_recovery() AS standby";
    private static final String ALONE =
            "SET LOCAL lock_timeout = '5s'; SET LOCAL client_min_messages = warning; SELECT pg_advisory_xact_lock(7000)";

    private static final String VERSION = "SELECT obj_description(to_regclass('log_head')::oid, 'pg_class') AS version";
    private static final String NOT_PERMITTED = "42501";

    private final Pool pool;
    private final String address;

    Schema(Pool pool, String address) {
        this.pool = pool;
        this.address = address;
    }

    Future<Void> apply() {
        var text = read();
        var version = "schema " + digest(text);
        return pool.withTransaction(connection -> refuseStandby(connection)
                        .compose(primary -> connection.query(ALONE).execute())
                        .compose(alone -> connection.query(text).execute())
                        .compose(applied -> connection
                                .query("COMMENT ON TABLE log_head IS '" + version + "'")
                                .execute())
                        .<Void>mapEmpty())
                .recover(t -> t instanceof PgException e && NOT_PERMITTED.equals(e.getSqlState())
                        ? requireCurrent(version)
                        : Future.failedFuture(t));
    }

    private Future<Void> requireCurrent(String version) {
        return pool.query(VERSION)
                .execute()
                .compose(rows -> version.equals(rows.iterator().next().getString("version"))
                        ? Future.succeededFuture()
                        : Future.failedFuture(new ServerException("The tables in Postgres at " + address
                                + " are missing or not of this version, and this role may not change them."
                                + " Apply them as their owner: rocket-rides-log schema")));
    }

    private static String digest(String text) {
        try {
            var sha = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(sha, 0, 8);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Another process held a lock for too long (lock_not_available, deadlock_detected): worth another try. */
    static boolean isBusy(Throwable failure) {
        return failure instanceof PgException refused
                && ("55P03".equals(refused.getSqlState()) || "40P01".equals(refused.getSqlState()));
    }

    private Future<Void> refuseStandby(SqlConnection connection) {
        return connection
                .query(IN_RECOVERY)
                .execute()
                .compose(rows -> rows.iterator().next().getBoolean("standby")
                        ? Future.failedFuture(new ServerException("Postgres at " + address
                                + " is a standby, which cannot be written to. Name the primary in postgres.uri"
                                + " or DATABASE_URL."))
                        : Future.succeededFuture());
    }

    private static String read() {
        try (InputStream in = Schema.class.getResourceAsStream("/schema.sql")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
