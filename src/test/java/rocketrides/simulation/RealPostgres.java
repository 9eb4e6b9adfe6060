package rocketrides.simulation;

import static rocketrides.TestLog.await;

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
import java.util.Map;
import java.util.stream.StreamSupport;
import rocketrides.TestLog;
import rocketrides.TestRole;
import rocketrides.TestServers;
import rocketrides.config.Settings.Delivery;
import rocketrides.simulation.GatedSession.SqlEdit;

/**
 * A database on a real Postgres: the sessions whose statements are interleaved, and one of a superuser who sees what they
 * wait for. Tags come from a sequence, so that the simulated Postgres can give the same.
 */
final class RealPostgres implements AutoCloseable {
    static final int WRITERS = 3;
    static final int STREAMERS = 3;
    static final int CONSUMERS = 3;

    private static final String SET_UP = """
            CREATE SEQUENCE tags;
            GRANT USAGE ON SEQUENCE tags TO PUBLIC;
            ALTER TABLE log_segments ALTER tag
              SET DEFAULT ('00000000-0000-0000-0000-' || lpad(to_hex(nextval('tags')), 12, '0'))::uuid""";

    private static final List<String> BACKED_UP =
            List.of("staged_log_records", "log_segments", "checkpoints", "total_distances", "rejected_records");

    private static final String EMPTY = "TRUNCATE " + String.join(", ", BACKED_UP) + " RESTART IDENTITY;"
            + " UPDATE log_head SET next_offset = 1, floor = 0; UPDATE log_cursor SET published = 0;";

    private static final String WAITING =
            "SELECT pid, pg_blocking_pids(pid) FROM unnest($1::int[]) AS p (pid)";

    private static final String CONTENTS = """
            SELECT concat_ws(E'\\n',
              (SELECT 'head ' || next_offset || ', floor ' || floor FROM log_head WHERE one),
              (SELECT 'cursor ' || published FROM log_cursor WHERE one),
              (SELECT string_agg('staged ' || id || ': ' || data, E'\\n' ORDER BY id) FROM staged_log_records),
              (SELECT string_agg('segment ' || first_offset || '-' || last_offset || ' ' || tag || ': '
                        || replace(records, E'\\n', ' '), E'\\n' ORDER BY first_offset) FROM log_segments),
              (SELECT string_agg(c.name || ' at ' || last_offset || ' ' || last_redis_id || ', total '
                        || coalesce(total_distance, 0) || ', rejected ' || rejected || ', rewinds ' || rewinds,
                        E'\\n' ORDER BY c.name COLLATE "C")
                 FROM checkpoints c LEFT JOIN total_distances ON consumer = c.name),
              (SELECT string_agg('rejected by ' || consumer || ': ' || "offset" || ' ' || data, E'\\n'
                        ORDER BY consumer COLLATE "C", "offset") FROM rejected_records))""";

    final List<GatedSession> writers = new ArrayList<>();
    final List<GatedSession> streamers = new ArrayList<>();
    /** Each of a streamer too, for the floor. */
    final List<GatedSession> tenders = new ArrayList<>();

    final List<GatedSession> consumers = new ArrayList<>();
    GatedSession operator;
    GatedSession archive;

    /** Notified when a session has changed its state. */
    final Object monitor = new Object();

    private final TestLog log = new TestLog(Delivery.AT_LEAST_ONCE);
    private final Map<TestRole, rocketrides.servers.Postgres> roles = new EnumMap<>(TestRole.class);
    private final SqlConnection control = await(log.pool.getConnection());
    private final int controlPid = pid(control);
    private String planner = "";

    RealPostgres() {
        ask(SET_UP);
    }

    /** Sessions for one campaign, with these edits of what they say. */
    void connect(SqlEdit edit) {
        disconnect();
        open(WRITERS, writers, "w", TestRole.API, edit);
        open(STREAMERS, streamers, "s", TestRole.STREAMER, edit);
        open(STREAMERS, tenders, "f", TestRole.STREAMER, edit);
        open(CONSUMERS, consumers, "c", TestRole.CONSUMER, edit);
        operator = session("o", TestRole.OPERATOR, edit);
        archive = session("a", TestRole.OPERATOR, edit);
        planner = "";
    }

    private void disconnect() {
        var sessions = sessions();
        sessions.forEach(this::cancel);
        sessions.forEach(GatedSession::close);
        roles.values().forEach(role -> await(role.close()));
        roles.clear();
        List.of(writers, streamers, tenders, consumers).forEach(List::clear);
        operator = null;
        ask("SELECT pg_advisory_unlock_all()");
    }

    private void open(int count, List<GatedSession> into, String letter, TestRole role, SqlEdit edit) {
        for (int i = 0; i < count; i++) {
            into.add(session(letter + i, role, edit));
        }
    }

    private GatedSession session(String name, TestRole role, SqlEdit edit) {
        var connection = await(pool(role).getConnection());
        await(connection.query("SET synchronous_commit = off").execute());
        return new GatedSession(name, sessions().size(), pid(connection), connection, edit, monitor);
    }

    private Pool pool(TestRole role) {
        return roles.computeIfAbsent(
                        role, r -> TestServers.connect(log.vertx, log.postgresUri(r), STREAMERS + CONSUMERS + WRITERS))
                .pool();
    }

    List<GatedSession> sessions() {
        var all = new ArrayList<GatedSession>();
        List.of(writers, streamers, tenders, consumers).forEach(all::addAll);
        if (operator != null) {
            all.add(operator);
            all.add(archive);
        }
        return all;
    }

    /** Everything is as on the first day; plans are made anew, under these settings. */
    void reset(String settings) {
        ask(EMPTY + " ALTER SEQUENCE tags RESTART");
        if (!settings.equals(planner)) {
            planner = settings;
            for (var session : sessions()) {
                await(session.plain("RESET enable_indexscan; RESET enable_bitmapscan; RESET enable_seqscan;"
                        + settings + "; DISCARD PLANS"));
            }
        }
    }

    /** What is committed. */
    String contents() {
        return ask(CONTENTS).iterator().next().getString(0);
    }

    /** Makes room for new rows where deleted ones were, as far as nobody might still see these. */
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
        var sql = new StringBuilder("TRUNCATE " + String.join(", ", BACKED_UP) + ";");
        for (int i = 0; i < BACKED_UP.size(); i++) {
            sql.append("INSERT INTO ")
                    .append(BACKED_UP.get(i))
                    .append(" SELECT * FROM json_populate_recordset(NULL::")
                    .append(BACKED_UP.get(i))
                    .append(", '")
                    .append(backup.get(i).replace("'", "''"))
                    .append("');");
        }
        sql.append("UPDATE log_head SET next_offset = ").append(tables.nextOffset);
        sql.append(", floor = ").append(tables.floor);
        sql.append("; UPDATE log_cursor SET published = ").append(tables.published);
        sql.append("; SELECT setval('staged_log_records_id_seq', ").append(tables.nextId).append(", false)");
        ask(sql.toString());
    }

    void age(long firstOffset, long hours) {
        ask("UPDATE log_segments SET sealed_at = sealed_at - interval '" + hours + " h' WHERE first_offset = "
                + firstOffset);
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

    /** What each of them waits for, in their order. */
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
        disconnect();
        await(control.close());
        log.close();
    }
}
