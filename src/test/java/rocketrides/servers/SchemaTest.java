package rocketrides.servers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static rocketrides.testing.Eventually.eventually;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlConnection;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import rocketrides.testing.TestServers;

/** Each test has an empty database of its own. */
@ExtendWith(VertxExtension.class)
class SchemaTest {
    private static final AtomicInteger NUMBER = new AtomicInteger();
    private static final String OTHER_VERSION = "COMMENT ON TABLE log_head IS 'schema of another version'";

    /** What brandur/rocket-rides-log makes. */
    private static final String ORIGINAL = """
            CREATE TABLE rides (id bigserial PRIMARY KEY, distance numeric NOT NULL);
            CREATE TABLE staged_log_records (
              id bigserial PRIMARY KEY, action text NOT NULL, object text NOT NULL, data jsonb NOT NULL);
            CREATE TABLE checkpoints (
              id bigserial PRIMARY KEY, name text NOT NULL UNIQUE, last_redis_id text NOT NULL, last_ride_id bigint NOT NULL);
            CREATE TABLE consumer_states (
              id bigserial PRIMARY KEY, name text NOT NULL UNIQUE, total_distance numeric NOT NULL)""";

    private Vertx vertx;
    private final List<Postgres> opened = new ArrayList<>();
    private final String database = "schema_" + ProcessHandle.current().pid() + "_" + NUMBER.incrementAndGet();
    private Postgres server;
    private Postgres postgres;

    @BeforeEach
    void create(Vertx vertx) throws Exception {
        this.vertx = vertx;
        server = open(TestServers.postgres(), 1);
        run(server.pool(), "CREATE DATABASE " + database);
        postgres = open(TestServers.postgres(database), 2);
    }

    @AfterEach
    void drop() throws Exception {
        run(server.pool(), "DROP DATABASE " + database + " WITH (FORCE)");
        for (Postgres each : opened) {
            each.close().await(5, TimeUnit.SECONDS);
        }
    }

    /** Broken: somebody holds every lock that there is, as pg_dump and ALTER TABLE together. */
    @Test
    void aStartAgainstACurrentSchemaTakesNoLock() throws Exception {
        postgres.ready(TestServers.SCHEMA).await(20, TimeUnit.SECONDS);
        var other = begin("SELECT pg_advisory_xact_lock(7000)");
        run(
                other,
                "DO $$ DECLARE t text; BEGIN FOR t IN SELECT oid::regclass::text FROM pg_class"
                        + " WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' LOOP"
                        + " EXECUTE 'LOCK TABLE ' || t || ' IN ACCESS EXCLUSIVE MODE'; END LOOP; END $$");
        open(TestServers.postgres(database), 1).ready(TestServers.SCHEMA).await(4, TimeUnit.SECONDS);
        run(other, "ROLLBACK");
    }

    /** Broken: all eight have seen an empty database before any of them may go on. */
    @Test
    void firstStartsTakeTurns() throws Exception {
        var other = begin("SELECT pg_advisory_xact_lock(7000)");
        List<Future<Void>> starts = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            starts.add(open(TestServers.postgres(database), 1).ready(TestServers.SCHEMA));
        }
        eventually("all of them wait", () -> value(
                        "SELECT count(*)::text FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
                                + " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())")
                .equals("8"));
        assertEquals("0", value("SELECT count(*)::text FROM pg_class WHERE relname = 'log_head'"));
        run(other, "COMMIT");
        Future.all(starts).await(30, TimeUnit.SECONDS);
        assertEquals("1", value("SELECT count(*)::text FROM log_head"));
        assertEquals("0", value("SELECT count(*)::text FROM pg_namespace WHERE nspname ~ '^rocket'"));
    }

    @Test
    void theSchemaWaitsForALockWithoutMakingOthersWaitForLong() throws Exception {
        postgres.ready(TestServers.SCHEMA).await(20, TimeUnit.SECONDS);
        run(postgres.pool(), OTHER_VERSION);
        var other = begin("LOCK TABLE log_segments");
        var failure = failure(new Schema(postgres.pool(), "here", TestServers.SCHEMA).apply());
        assertTrue(Outage.isUnavailable(failure), failure::toString);
        run(other, "ROLLBACK");
        postgres.ready(TestServers.SCHEMA).await(20, TimeUnit.SECONDS);
    }

    @Test
    void theOriginalProgramsTablesAreNotTakenForOurs() throws Exception {
        run(postgres.pool(), ORIGINAL);
        var message = assertInstanceOf(ServerException.class, failure(postgres.ready(TestServers.SCHEMA)))
                .getMessage();
        assertTrue(message.contains(database), message);
        assertTrue(
                message.contains(
                        "rides: column created_at is missing (expected timestamp with time zone DEFAULT now() NOT NULL), column distance"
                                + " is numeric NOT NULL (expected numeric(12,3) NOT NULL), "),
                message);
        assertTrue(message.contains("; checkpoints: ") || message.contains(": checkpoints: "), message);
        assertEquals("0", value("SELECT count(*)::text FROM pg_class WHERE relname ~ '^(log_|ride_sums)'"));
    }

    @Test
    void theApplicationsTextsAreOneVersionWithTheLogs() throws Exception {
        postgres.ready(new LogTables(List.of(), 1)).await(20, TimeUnit.SECONDS);
        assertEquals("0", value("SELECT count(*)::text FROM pg_class WHERE relname = 'rides'"));
        postgres.ready(TestServers.SCHEMA).await(20, TimeUnit.SECONDS);
        assertEquals("0", value("SELECT count(*)::text FROM rides"));
    }

    /** Broken: the application's text refers to a table that does not exist. */
    @Test
    void aTextThatCannotBeAppliedIsNamedAndChangesNothing() throws Exception {
        var failure = assertInstanceOf(
                ServerException.class, failure(postgres.ready(new LogTables(List.of("/wrong.sql"), 1))));
        assertTrue(failure.getMessage().startsWith("/wrong.sql cannot be applied"), failure::getMessage);
        assertTrue(failure.getMessage().contains("\"customers\" does not exist"), failure::getMessage);
        assertEquals("0", value("SELECT count(*)::text FROM pg_class WHERE relname IN ('log_head', 'orders')"));
        var missing = assertThrows(
                IllegalArgumentException.class, () -> postgres.ready(new LogTables(List.of("/no.sql"), 1)));
        assertTrue(missing.getMessage().contains("/no.sql"), missing::getMessage);
    }

    /** Broken: an older version's tables, or ones that somebody has changed; the texts can be applied to them. */
    @Test
    void whatIsNotAsExpectedIsNamed() throws Exception {
        differs(Map.of(
                "ALTER TABLE rejected_records DROP COLUMN reason",
                "rejected_records: column reason is missing (expected text NOT NULL)",
                "ALTER TABLE checkpoints ALTER last_redis_id DROP NOT NULL",
                "checkpoints: column last_redis_id is text DEFAULT '0-0'::text (expected text DEFAULT '0-0'::text NOT NULL)",
                "ALTER TABLE log_segments ALTER tag DROP DEFAULT",
                "log_segments: column tag is uuid NOT NULL (expected uuid DEFAULT gen_random_uuid() NOT NULL)",
                "ALTER TABLE log_sums DROP CONSTRAINT log_sums_pkey",
                "log_sums: constraint PRIMARY KEY (partition, first_offset) is missing",
                "ALTER TABLE log_cursor DROP CONSTRAINT log_cursor_pkey",
                "log_cursor: constraint PRIMARY KEY (partition) is missing",
                "ALTER TABLE rides ADD COLUMN rider bigint NOT NULL",
                "rides: column rider is bigint NOT NULL (expected none that needs a value)",
                "ALTER TABLE idempotency_keys ALTER key TYPE text COLLATE \"POSIX\"",
                "idempotency_keys: column key is text COLLATE \"POSIX\" NOT NULL (expected text COLLATE \"C\" NOT NULL)",
                "ALTER SEQUENCE staged_log_records_id_seq CACHE 20",
                "staged_log_records_id_seq: definition is bigint increment 1 cache 20 (expected bigint increment 1 cache 1)",
                "DROP INDEX idempotency_keys_created_at; CREATE INDEX idempotency_keys_created_at ON ride_sums (rides)",
                "idempotency_keys_created_at: definition is CREATE INDEX idempotency_keys_created_at ON ride_sums"));
    }

    /** Broken: the names are taken by something that the texts cannot be applied to. */
    @Test
    void whatIsOfAnotherKindIsNamed() throws Exception {
        differs(Map.of(
                "DROP VIEW log_records; CREATE VIEW log_records AS SELECT 1 AS x",
                "log_records: column action is missing (expected text)",
                "DROP TABLE checkpoints; CREATE VIEW checkpoints AS SELECT 1 AS x",
                "checkpoints: is a view (expected a table)",
                "DROP TABLE total_distances; CREATE SEQUENCE total_distances",
                "total_distances: is a sequence (expected a table)",
                "DROP TABLE log_cursor; CREATE MATERIALIZED VIEW log_cursor AS SELECT 1 AS published",
                "log_cursor: is a materialized view (expected a table)",
                "DROP FUNCTION refuse_save; CREATE FUNCTION refuse_save(code text, reason text) RETURNS int LANGUAGE sql"
                        + " AS 'SELECT 1'",
                "refuse_save(code text, reason text): is a function with the result integer (expected a function with"
                        + " the result text)"));
    }

    /** @param changes statements that change the schema, each with what must be said of it */
    private void differs(Map<String, String> changes) throws Exception {
        postgres.ready(TestServers.SCHEMA).await(20, TimeUnit.SECONDS);
        for (var change : changes.keySet()) {
            run(postgres.pool(), change);
        }
        run(postgres.pool(), OTHER_VERSION);
        var failure = failure(postgres.ready(TestServers.SCHEMA));
        var message = assertInstanceOf(ServerException.class, failure, failure::toString)
                .getMessage();
        changes.values()
                .forEach(difference -> assertTrue(message.contains(difference), () -> difference + " in " + message));
        assertEquals("schema of another version", value("SELECT obj_description('log_head'::regclass, 'pg_class')"));
    }

    @Test
    void whatIsMissingIsMadeAndWhatDoesNoHarmIsLeft() throws Exception {
        postgres.ready(TestServers.SCHEMA).await(20, TimeUnit.SECONDS);
        for (var change : List.of(
                "DROP TABLE rejected_records",
                "ALTER TABLE rides ADD COLUMN note text, ADD COLUMN priority int NOT NULL DEFAULT 1",
                "CREATE INDEX ON rides (created_at)",
                "CREATE FUNCTION refuse_save(bigint) RETURNS int LANGUAGE sql AS 'SELECT 1'",
                "ALTER TABLE log_head SET (fillfactor = 90)",
                OTHER_VERSION)) {
            run(postgres.pool(), change);
        }
        postgres.ready(TestServers.SCHEMA).await(20, TimeUnit.SECONDS);
        assertEquals("0", value("SELECT count(*)::text FROM rejected_records"));
        assertTrue(value("SELECT obj_description('log_head'::regclass, 'pg_class')")
                .matches("schema [0-9a-f-]{36}"));
    }

    /** Broken: the role may create tables, but no schema to try the text out in. */
    @Test
    void aRoleThatMayNotTryTheSchemaOutIsToldWhoMay() throws Exception {
        run(postgres.pool(), "CREATE ROLE " + database + "; GRANT CREATE ON SCHEMA public TO " + database);
        try {
            run(postgres.pool(), "ALTER DATABASE " + database + " SET role = '" + database + "'");
            var message = failure(open(TestServers.postgres(database), 1).ready(TestServers.SCHEMA))
                    .getMessage();
            assertTrue(message.contains("permission denied for database " + database), message);
            assertTrue(message.contains("rocket-rides-log schema"), message);
        } finally {
            run(postgres.pool(), "DROP OWNED BY " + database + "; DROP ROLE " + database);
        }
    }

    @Test
    void aSchemaOfAnotherNameWillDo() throws Exception {
        run(postgres.pool(), "CREATE SCHEMA \"Rides of us\"");
        run(postgres.pool(), "ALTER DATABASE " + database + " SET search_path = \"Rides of us\", public");
        open(TestServers.postgres(database), 1).ready(TestServers.SCHEMA).await(20, TimeUnit.SECONDS);
        assertEquals(
                "t",
                value("SELECT (to_regclass('\"Rides of us\".log_head') IS NOT NULL)::text")
                        .substring(0, 1));
        open(TestServers.postgres(database), 1).ready(TestServers.SCHEMA).await(20, TimeUnit.SECONDS);
    }

    private SqlConnection begin(String sql) throws Exception {
        var connection = postgres.pool().getConnection().await(5, TimeUnit.SECONDS);
        connection.query("BEGIN; " + sql).execute().await(5, TimeUnit.SECONDS);
        return connection;
    }

    private static void run(SqlConnection connection, String sql) throws Exception {
        connection.query(sql).execute().await(10, TimeUnit.SECONDS);
    }

    private static void run(Pool pool, String sql) throws Exception {
        pool.query(sql).execute().await(20, TimeUnit.SECONDS);
    }

    private String value(String sql) throws Exception {
        var rows = postgres.pool().query(sql).execute().await(15, TimeUnit.SECONDS);
        return rows.iterator().next().getString(0);
    }

    private Postgres open(String uri, int size) {
        var made = TestServers.connect(vertx, uri, size);
        opened.add(made);
        return made;
    }

    private static Throwable failure(Future<?> future) {
        return assertThrows(Throwable.class, () -> future.await(20, TimeUnit.SECONDS));
    }
}
