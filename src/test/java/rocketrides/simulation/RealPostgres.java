package rocketrides.simulation;

import static rocketrides.testing.TestLog.await;

import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import rocketrides.config.Settings.Delivery;
import rocketrides.simulation.GatedSession.SqlEdit;
import rocketrides.testing.TestLog;
import rocketrides.testing.TestRole;
import rocketrides.testing.TestServers;

/**
 * A database on a real Postgres: the sessions whose statements are interleaved, and a superuser's session that sees
 * what they wait for. Tags come from a sequence, so that the simulated Postgres can use the same ones.
 */
final class RealPostgres implements AutoCloseable {
    static final int WRITERS = 3;
    static final int STREAMERS = 3;
    static final int CONSUMERS = 3;

    /**
     * What other partitions hold, and every statement has to leave alone. Their offsets and the names of their checkpoints are
     * those of the partition that the statements are about.
     */
    private static final String ELSEWHERE = """
            INSERT INTO log_head (partition, next_offset, floor) VALUES (1, 1001, 0), (2, 1001, 1000001);
            INSERT INTO log_cursor (partition) VALUES (1), (2);
            INSERT INTO staged_log_records (partition, id, action, object, data)
            SELECT partition, 1000000 + n, 'create', 'ride', '900' FROM log_head, generate_series(1, 3) n WHERE partition > 0;
            INSERT INTO log_segments (partition, first_offset, last_offset, tag, sealed_at, records)
            SELECT partition, n, n + 1, ('00000000-0000-0001-000' || partition || '-' || lpad(n::text, 12, '0'))::uuid,
                   now() - interval '30 days', E'create\\tride\\t901\\ncreate\\tride\\t902'
              FROM log_head, generate_series(1, 9, 2) n WHERE partition > 0""";

    /** How that is told among the contents, as long as it is left alone. */
    static final String ELSEWHERE_UNTOUCHED =
            "elsewhere: heads 1001 1001, floors 0 1000001, cursors 0 0, staged 6, segments 10, checkpoints moved 0";

    private static final String SET_UP = """
            CREATE SEQUENCE tags;
            GRANT USAGE ON SEQUENCE tags TO PUBLIC;
            CREATE TABLE missing (LIKE log_segments);
            ALTER TABLE log_segments ALTER tag
              SET DEFAULT ('00000000-0000-0000-0000-' || lpad(to_hex(nextval('tags')), 12, '0'))::uuid""";

    private static final List<String> BACKED_UP =
            List.of("staged_log_records", "log_segments", "checkpoints", "total_distances", "rejected_records");

    // No TRUNCATE, because it creates new files: thousands of them would have to be flushed before the database can be
    // dropped.
    private static final String EMPTY = BACKED_UP.stream()
            .map(table -> "DELETE FROM " + table + ";")
            .collect(Collectors.joining("", "", "DELETE FROM missing;"));

    private static final String BEGINNING = EMPTY
            + "DELETE FROM log_head WHERE partition > 0; DELETE FROM log_cursor WHERE partition > 0;"
            + "UPDATE log_head SET next_offset = 1, floor = 0;"
            + " UPDATE log_cursor SET published = 0;"
            + " SELECT setval('tags', 1, false), setval('staged_log_records_id_seq', 1, false)";

    private static final String WITHOUT_A_TRACE =
            "VACUUM (INDEX_CLEANUP ON, TRUNCATE ON) " + String.join(", ", BACKED_UP);

    /** The columns that are not generated. */
    private static final String COLUMNS = """
            SELECT string_agg(quote_ident(column_name), ', ') FROM information_schema.columns
             WHERE table_schema = 'public' AND table_name = '%s' AND is_generated = 'NEVER'""";

    private static final String WAITING = "SELECT pid, pg_blocking_pids(pid) FROM unnest($1::int[]) AS p (pid)";

    private static final String CONTENTS = """
            SELECT concat_ws(E'\\n',
              (SELECT 'head ' || next_offset || ', floor ' || floor FROM log_head WHERE partition = 0),
              (SELECT 'cursor ' || published FROM log_cursor WHERE partition = 0),
              (SELECT string_agg('staged ' || id || ': ' || data, E'\\n' ORDER BY id) FROM staged_log_records
                WHERE partition = 0),
              (SELECT string_agg('segment ' || first_offset || '-' || last_offset || ' ' || tag || ': '
                        || replace(records, E'\\n', ' '), E'\\n' ORDER BY first_offset) FROM log_segments
                WHERE partition = 0),
              (SELECT string_agg(c.name || ' at ' || last_offset || ' ' || last_redis_id || ', total '
                        || coalesce(total_distance, 0) || ', rejected ' || rejected || ', rewinds ' || rewinds,
                        E'\\n' ORDER BY c.name COLLATE "C")
                 FROM checkpoints c LEFT JOIN total_distances ON consumer = c.name WHERE c.partition = 0),
              (SELECT string_agg('total of nobody: ' || consumer, E'\\n') FROM total_distances
                WHERE consumer NOT IN (SELECT name FROM checkpoints)),
              (SELECT string_agg('rejected by ' || consumer || ': ' || "offset" || ' ' || data, E'\\n'
                        ORDER BY consumer COLLATE "C", "offset") FROM rejected_records),
              (SELECT 'elsewhere: heads ' || string_agg(next_offset::text, ' ' ORDER BY partition)
                        || ', floors ' || string_agg(floor::text, ' ' ORDER BY partition)
                 FROM log_head WHERE partition > 0)
                || (SELECT ', cursors ' || string_agg(published::text, ' ') FROM log_cursor WHERE partition > 0)
                || (SELECT ', staged ' || count(*) FROM staged_log_records WHERE partition > 0)
                || (SELECT ', segments ' || count(*) FROM log_segments WHERE partition > 0)
                || (SELECT ', checkpoints moved ' || count(*) FROM checkpoints
                     WHERE partition > 0 AND last_offset + simulated_crashes + rejected > 0))""";

    final List<GatedSession> writers = new ArrayList<>();
    final List<GatedSession> streamers = new ArrayList<>();
    /** Also one for each streamer, for the floor. */
    final List<GatedSession> tenders = new ArrayList<>();

    final List<GatedSession> consumers = new ArrayList<>();
    final GatedSession operator;
    /** The session from which the operator's rewind reads. */
    final GatedSession archive;

    final List<GatedSession> sessions = new ArrayList<>();

    /** Notified when a session has changed its state. */
    final Object monitor = new Object();

    private final TestLog log = new TestLog(Delivery.AT_LEAST_ONCE);
    private final Map<TestRole, rocketrides.servers.Postgres> roles = new EnumMap<>(TestRole.class);
    private final SqlConnection control = await(log.pool.getConnection());
    private final int controlPid = pid(control);
    private volatile SqlEdit edit = (operation, sql) -> sql;
    private String planner = "";

    /** Whether there are other partitions. */
    boolean others;

    private final List<String> columns = new ArrayList<>();

    RealPostgres() {
        ask("SET synchronous_commit = off");
        ask(SET_UP);
        BACKED_UP.forEach(table -> columns.add(ask(String.format(Locale.ROOT, COLUMNS, table))
                .iterator()
                .next()
                .getString(0)));
        open(WRITERS, writers, "w", TestRole.API);
        open(STREAMERS, streamers, "s", TestRole.STREAMER);
        open(STREAMERS, tenders, "f", TestRole.STREAMER);
        open(CONSUMERS, consumers, "c", TestRole.CONSUMER);
        operator = session("o", TestRole.OPERATOR);
        archive = session("a", TestRole.OPERATOR);
    }

    /** From now on, all statements are changed in this way. */
    void edit(SqlEdit how) {
        edit = how;
    }

    /** After a history that ended in the middle: ends all operations. */
    void recover() {
        ask("SELECT pg_advisory_unlock_all()");
        for (var busy = busy(); !busy.isEmpty(); busy = busy()) {
            busy.forEach(GatedSession::giveUp);
            busy.forEach(this::cancel);
            synchronized (monitor) {
                try {
                    monitor.wait(50);
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            }
        }
        for (var session : sessions) {
            await(session.rollback());
            session.idle();
        }
    }

    private List<GatedSession> busy() {
        return sessions.stream().filter(GatedSession::busy).toList();
    }

    private void open(int count, List<GatedSession> into, String letter, TestRole role) {
        for (int i = 0; i < count; i++) {
            into.add(session(letter + i, role));
        }
    }

    private GatedSession session(String name, TestRole role) {
        var connection = await(pool(role).getConnection());
        await(connection
                .query("SET synchronous_commit = off; SET client_min_messages = error;"
                        + " SET idle_in_transaction_session_timeout = 0")
                .execute());
        var session = new GatedSession(
                name, sessions.size(), pid(connection), connection, (what, sql) -> edit.edit(what, sql), monitor);
        sessions.add(session);
        return session;
    }

    private Pool pool(TestRole role) {
        return roles.computeIfAbsent(
                        role, r -> TestServers.connect(log.vertx, log.postgresUri(r), STREAMERS + CONSUMERS + WRITERS))
                .pool();
    }

    /** Resets everything to the initial state. Plans are made again, with these settings. */
    void reset(String settings, boolean others) {
        ask(BEGINNING);
        this.others = others;
        if (others) {
            ask(ELSEWHERE);
        }
        ask(WITHOUT_A_TRACE);
        if (!settings.equals(planner)) {
            planner = settings;
            for (var session : sessions) {
                await(session.plain("RESET enable_indexscan; RESET enable_bitmapscan; RESET enable_seqscan;" + settings
                        + "; DISCARD PLANS"));
            }
        }
    }

    /** The committed contents. */
    String contents() {
        return ask(CONTENTS).iterator().next().getString(0);
    }

    /** Moves every other segment to another place in the table, so that its rows are not in order. */
    void move(int which) {
        ask("UPDATE log_segments SET sealed_at = sealed_at WHERE first_offset % 2 = " + which);
    }

    /** Frees the space of deleted rows that no snapshot can still see. */
    void vacuum() {
        ask("VACUUM (INDEX_CLEANUP ON, TRUNCATE OFF) staged_log_records, log_segments");
    }

    List<String> backup() {
        var columns = BACKED_UP.stream()
                .map(table -> "(SELECT coalesce(json_agg(t ORDER BY random()), '[]')::text FROM " + table + " t)")
                .toList();
        var row = ask("SELECT " + String.join(", ", columns)).iterator().next();
        var backup = new ArrayList<String>();
        for (int i = 0; i < BACKED_UP.size(); i++) {
            backup.add(row.getString(i));
        }
        return backup;
    }

    void restore(List<String> backup, Tables tables) {
        ask(EMPTY);
        ask(WITHOUT_A_TRACE);
        var sql = new StringBuilder();
        for (int i = 0; i < BACKED_UP.size(); i++) {
            sql.append("INSERT INTO ")
                    .append(BACKED_UP.get(i))
                    .append(" (")
                    .append(columns.get(i))
                    .append(") SELECT ")
                    .append(columns.get(i))
                    .append(" FROM json_populate_recordset(NULL::")
                    .append(BACKED_UP.get(i))
                    .append(", '")
                    .append(backup.get(i).replace("'", "''"))
                    .append("');");
        }
        var partition = tables.partition(0);
        sql.append("UPDATE log_head SET next_offset = ").append(partition.nextOffset);
        sql.append(", floor = ").append(partition.floor).append(" WHERE partition = 0");
        sql.append("; UPDATE log_cursor SET published = ")
                .append(partition.published)
                .append(" WHERE partition = 0");
        sql.append("; SELECT setval('staged_log_records_id_seq', ")
                .append(tables.nextId)
                .append(", false)");
        ask(sql.toString());
    }

    void age(long firstOffset, long hours) {
        ask("UPDATE log_segments SET sealed_at = sealed_at - interval '" + hours
                + " h' WHERE partition = 0 AND first_offset = " + firstOffset);
    }

    /** Removes the segment, until {@link #putBack}. */
    void takeAway(long firstOffset) {
        ask("WITH taken AS (DELETE FROM log_segments WHERE partition = 0 AND first_offset = " + firstOffset
                + " RETURNING *) INSERT INTO missing SELECT * FROM taken");
    }

    void putBack() {
        ask("WITH taken AS (DELETE FROM missing RETURNING *) INSERT INTO log_segments SELECT * FROM taken");
    }

    void pause(GatedSession session) {
        ask("SELECT pg_advisory_lock(" + GatedSession.PAUSE + ", " + session.number + ")");
    }

    void unpause(GatedSession session) {
        ask("SELECT pg_advisory_unlock(" + GatedSession.PAUSE + ", " + session.number + ")");
    }

    void cancel(GatedSession session) {
        ask("SELECT pg_cancel_backend(" + session.pid + ")");
    }

    enum Wait {
        NONE,
        PAUSED,
        LOCKED
    }

    /** What each session waits for, in their order. */
    List<Wait> waits(List<GatedSession> sessions) {
        var pids = sessions.stream().map(session -> session.pid).toArray(Integer[]::new);
        var rows = await(control.preparedQuery(WAITING).execute(Tuple.of(pids)));
        return StreamSupport.stream(rows.spliterator(), false)
                .map(row -> wait(row.getArrayOfIntegers(1)))
                .toList();
    }

    private Wait wait(Integer[] blockers) {
        return blockers.length == 0
                ? Wait.NONE
                : Arrays.asList(blockers).contains(controlPid) ? Wait.PAUSED : Wait.LOCKED;
    }

    RowSet<Row> ask(String sql) {
        return await(control.query(sql).execute());
    }

    private static int pid(SqlConnection connection) {
        Future<RowSet<Row>> asked = connection.query("SELECT pg_backend_pid()").execute();
        return await(asked).iterator().next().getInteger(0);
    }

    @Override
    public void close() {
        recover();
        sessions.forEach(session -> await(session.close()));
        roles.values().forEach(role -> await(role.close()));
        await(control.close());
        log.close();
    }
}
