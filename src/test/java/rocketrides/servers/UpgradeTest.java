package rocketrides.servers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static rocketrides.testing.TestLog.await;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import rocketrides.testing.TestServers;

/** Tables of an older version are brought to this one, with what is in them. Each test has an empty database of its own. */
class UpgradeTest {
    /** All that the catalog knows of the tables and functions, in the order of columns, but for who owns them. */
    private static final String CATALOG = """
            WITH place AS (SELECT 'public'::regnamespace AS oid), relations AS (
              SELECT c.oid, relname, relkind, reloptions FROM pg_class c, place WHERE relnamespace = place.oid)
            SELECT string_agg(line, E'\\n' ORDER BY line COLLATE "C") FROM (
              SELECT format('%s %s %s', relname, relkind, reloptions) AS line FROM relations
              UNION ALL
              SELECT format('%s column %s: %s %s %s %s %s %s', relname, row_number() OVER (PARTITION BY attrelid ORDER BY attnum),
                            attname, format_type(atttypid, atttypmod), attnotnull, attstorage, attgenerated,
                            pg_get_expr(adbin, adrelid))
                FROM relations r JOIN pg_attribute ON attrelid = r.oid AND attnum > 0 AND NOT attisdropped
                LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
              UNION ALL
              SELECT format('%s constraint %s: %s', relname, conname, pg_get_constraintdef(c.oid))
                FROM relations r JOIN pg_constraint c ON conrelid = r.oid
              UNION ALL
              SELECT pg_get_indexdef(oid) FROM relations WHERE relkind = 'i'
              UNION ALL
              SELECT format('%s: %s', relname, pg_get_viewdef(oid)) FROM relations WHERE relkind = 'v'
              UNION ALL
              SELECT format('%s: %s', relname, obj_description(oid, 'pg_class')) FROM relations
              UNION ALL
              SELECT pg_get_functiondef(p.oid) || coalesce(proacl::text, '')
                FROM pg_proc p, place WHERE pronamespace = place.oid) all_of_it""";

    /** By the program of the version before. */
    private static final String DATA = """
            INSERT INTO rides (distance) VALUES (1), (2), (3), (4);
            INSERT INTO staged_log_records (action, object, data) VALUES ('create', 'ride', '{"id": 4, "distance": 4}');
            UPDATE log_head SET next_offset = 4, floor = 3;
            UPDATE log_cursor SET published = 2;
            INSERT INTO log_segments (first_offset, last_offset, records) VALUES
              (1, 2, E'create\\tride\\t{"id": 1, "distance": 1}\\ncreate\\tride\\t{"id": 2, "distance": 2}'),
              (3, 3, E'create\\tride\\t{"id": 3, "distance": 3}');
            INSERT INTO log_sums (first_offset, last_offset, rides, distance) VALUES (1, 2, 2, 3);
            INSERT INTO checkpoints (name, projection, last_offset) VALUES ('consumer0', 'total_distance', 2);
            INSERT INTO total_distances (consumer, rides, total_distance) VALUES ('consumer0', 2, 3);
            INSERT INTO rejected_records (consumer, "offset", reason, action, object, data)
            VALUES ('consumer0', 2, 'none', 'create', 'ride', '{}')""";

    private final Vertx vertx = Vertx.vertx();
    private final List<Postgres> opened = new ArrayList<>();
    private final String database = "upgrade_" + ProcessHandle.current().pid();
    private Postgres server;
    private Postgres postgres;

    @BeforeEach
    void create() throws Exception {
        server = open(TestServers.postgres());
        postgres = database(database);
        run(postgres.pool(), old("schema.sql"));
        run(postgres.pool(), old("rides.sql"));
    }

    private Postgres database(String name) {
        run(server.pool(), "CREATE DATABASE " + name);
        return open(TestServers.postgres(name));
    }

    private Postgres open(String uri) {
        var made = TestServers.connect(vertx, uri, 2);
        opened.add(made);
        return made;
    }

    @AfterEach
    void drop() {
        run(server.pool(), "DROP DATABASE IF EXISTS " + database + "_new WITH (FORCE)");
        run(server.pool(), "DROP DATABASE " + database + " WITH (FORCE)");
        opened.forEach(each -> await(each.close()));
        await(vertx.close());
    }

    private static String old(String text) throws Exception {
        try (var in = UpgradeTest.class.getResourceAsStream("/before-partitions/" + text)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static void run(Pool pool, String sql) {
        await(pool.query(sql).execute());
    }

    private String value(String sql) {
        return value(postgres, sql);
    }

    private static String value(Postgres postgres, String sql) {
        return await(postgres.pool().query(sql).execute()).iterator().next().getString(0);
    }

    private static String refusal(Future<?> start) {
        return assertInstanceOf(ServerException.class, assertThrows(Throwable.class, () -> await(start)))
                .getMessage();
    }

    @Test
    void aStartRefusesOlderTablesAndNamesTheCommand() {
        var before = value(CATALOG);
        var why = refusal(postgres.ready(TestServers.SCHEMA));
        assertTrue(why.contains(database) && why.endsWith("their owner: rocket-rides-log schema"), why);
        assertEquals(before, value(CATALOG));
    }

    @Test
    void theStepsMakeWhatANewDatabaseGetsAndKeepTheData() {
        run(postgres.pool(), DATA);
        await(postgres.upgrade(TestServers.SCHEMA));
        await(postgres.ready(TestServers.SCHEMA));
        var fresh = database(database + "_new");
        await(fresh.upgrade(TestServers.SCHEMA));
        assertEquals(value(fresh, CATALOG), value(CATALOG));
        assertEquals("(0,0,t)", value("SELECT string_agg(p::text, ' ') FROM partitions p"));
        assertEquals("(4,3,0)", value("SELECT string_agg(h::text, ' ') FROM log_head h"));
        assertEquals("(2,0)", value("SELECT string_agg(c::text, ' ') FROM log_cursor c"));
        assertEquals("4 0", value("SELECT (data->>'id') || ' ' || partition FROM staged_log_records"));
        assertEquals("1 2 3", value("SELECT string_agg(data->>'id', ' ' ORDER BY \"offset\") FROM log_records"));
        assertEquals("(consumer0,2,3,0,0,0)", value("SELECT string_agg(t::text, ' ') FROM total_distances t"));
        assertEquals(
                "2", value("SELECT last_offset::text FROM checkpoints WHERE name = 'consumer0' AND partition = 0"));
        assertEquals("(3,6)", value("SELECT log_total(0::smallint, 0)::text"));
        assertEquals("0", value("SELECT partition::text FROM rejected_records"));
    }

    /** Broken: the upgrade ends in the middle, because somebody holds a table that its second step changes. */
    @Test
    void whatWasDoneIsNotDoneAgain() {
        run(postgres.pool(), DATA);
        var other = await(postgres.pool().getConnection());
        await(other.query("BEGIN; LOCK TABLE log_segments").execute());
        assertThrows(Throwable.class, () -> await(new Schema(postgres.pool(), "here", TestServers.SCHEMA).upgrade()));
        assertEquals("schema step 1", value("SELECT obj_description('log_head'::regclass, 'pg_class')"));
        assertTrue(refusal(postgres.ready(TestServers.SCHEMA)).contains("older version"));
        await(other.query("ROLLBACK").execute());
        await(other.close());
        await(postgres.upgrade(TestServers.SCHEMA));
        await(postgres.ready(TestServers.SCHEMA));
        assertEquals("1", value("SELECT count(*)::text FROM partitions"));
    }

    /** Who might stage may do so at once, before the grants are made anew. */
    @Test
    void whoMightCallAFunctionStillMay() {
        var writer = database + "_writer";
        run(server.pool(), "CREATE ROLE " + writer);
        try {
            run(postgres.pool(), "GRANT EXECUTE ON FUNCTION stage_record TO " + writer);
            run(postgres.pool(), "GRANT INSERT ON staged_log_records TO " + writer);
            run(postgres.pool(), "GRANT USAGE ON SEQUENCE staged_log_records_id_seq TO " + writer);
            await(postgres.upgrade(TestServers.SCHEMA));
            run(
                    postgres.pool(),
                    "SET ROLE " + writer + "; SELECT stage_record('create', 'payment', '{}', wake => false);"
                            + " INSERT INTO staged_log_records (action, object, data) VALUES ('a', 'b', '{}'); RESET ROLE");
            assertEquals("2", value("SELECT count(*)::text FROM staged_log_records WHERE partition = 0"));
        } finally {
            run(postgres.pool(), "DROP OWNED BY " + writer);
            run(server.pool(), "DROP ROLE " + writer);
        }
    }

    /** Broken: the tables are as they were before the first release. */
    @Test
    void theStatementsOfTheChangelogBringOlderTablesUpToDate() throws Exception {
        run(postgres.pool(), """
                ALTER TABLE staged_log_records
                  DROP CONSTRAINT id_must_be_above_0, DROP COLUMN data_size, DROP COLUMN staged_at,
                  DROP CONSTRAINT staged_log_records_action_check, ADD CHECK (action ~ '^[a-z_]+$'),
                  DROP CONSTRAINT staged_log_records_object_check, ADD CHECK (object ~ '^[a-z_]+$');
                ALTER TABLE checkpoints DROP COLUMN projection, DROP COLUMN rewinds,
                  ADD missed_rides bigint NOT NULL DEFAULT 0, ADD missed_distance numeric NOT NULL DEFAULT 0;
                ALTER TABLE total_distances DROP COLUMN missed_rides, DROP COLUMN missed_distance;
                INSERT INTO checkpoints (name, last_offset, missed_rides, missed_distance)
                VALUES ('first', 9, 0, 0), ('late', 9, 3, 7.5), ('new', 0, 2, 1.5);
                INSERT INTO total_distances VALUES ('first', 9, 90), ('late', 6, 60)""");
        var changelog = Files.readString(Path.of("CHANGELOG.md"));
        run(postgres.pool(), changelog.split("```")[1]);
        await(postgres.upgrade(TestServers.SCHEMA));
        assertEquals(
                "(first,9,90,0,0,0) (late,6,60,3,7.5,0) (new,0,0,2,1.5,0)",
                value("SELECT string_agg(t::text, ' ' ORDER BY consumer) FROM total_distances t"));
    }
}
