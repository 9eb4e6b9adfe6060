package rocketrides.rides;

import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlConnection;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Checks what is stored against what was booked, in SQL of its own: it shares nothing with the code that it checks. All
 * checks see one snapshot, so a system at work is checked like one at rest. Changes nothing.
 */
public final class FullAudit {

    /** What one check found. */
    public record Finding(String check, boolean right, String detail) {}

    private static final String SNAPSHOT = """
            SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL statement_timeout = 0;
            SET LOCAL idle_in_transaction_session_timeout = 0""";

    private static final String DENSE = """
            SELECT 'offsets' AS name,
                   holes = 0 AND coalesce(last, head) = head AND published <= head AS ok,
                   format('%s segments from offset %s to %s, head %s, published %s, %s holes or overlaps',
                          segments, first, last, head, published, holes) AS detail
              FROM (SELECT next_offset - 1 AS head FROM log_head) h, (SELECT published FROM log_cursor) c,
                   (SELECT count(*) AS segments, min(first_offset) AS first, max(last_offset) AS last,
                           count(*) FILTER (WHERE first_offset <> before + 1) AS holes
                      FROM (SELECT first_offset, last_offset, lag(last_offset) OVER (ORDER BY first_offset) AS before
                              FROM log_segments) o) s""";

    private static final String LINES = """
            SELECT 'segments' AS name, count(*) = 0 AS ok,
                   format('%s of them do not hold a line for each offset', count(*)) AS detail
              FROM log_segments
             WHERE length(records) - length(replace(records, E'\\n', '')) <> last_offset - first_offset""";

    // The records of a ride may have been deleted by retention; then only the other direction can be checked.
    private static final String RIDES = """
            WITH logged AS (
              SELECT (data ->> 'id')::numeric AS id, (data ->> 'distance')::numeric AS distance
                FROM (SELECT action, object, data FROM log_records
                      UNION ALL SELECT action, object, data FROM staged_log_records) r
               WHERE action = 'create' AND object = 'ride' AND jsonb_typeof(data -> 'id') = 'number'
                 AND jsonb_typeof(data -> 'distance') = 'number'
            ), found AS (
              SELECT count(r.id) FILTER (WHERE l.id IS NULL) AS unlogged,
                     count(l.id) FILTER (WHERE r.id IS NULL) AS unbooked,
                     count(*) FILTER (WHERE r.distance <> l.distance) AS different,
                     count(l.id) - count(DISTINCT l.id) AS repeated,
                     coalesce((SELECT min(first_offset) FROM log_segments), 1) = 1 AS whole
                FROM rides r FULL JOIN logged l ON l.id = r.id
            )
            SELECT 'rides' AS name, (unlogged = 0 OR NOT whole) AND unbooked + different + repeated = 0 AS ok,
                   format('%s not in the log%s, %s in the log only, %s with another distance, %s in it again', unlogged,
                          CASE WHEN whole THEN '' ELSE ' (retention has deleted its beginning)' END,
                          unbooked, different, repeated) AS detail
              FROM found""";

    // What a consumer has counted, and what is still to come to it, are all rides; whatever retention has deleted.
    private static final String CONSUMERS = """
            WITH booked AS (SELECT count(*) AS n, coalesce(sum(distance), 0) AS m FROM rides),
            records AS (
              SELECT at, CASE WHEN jsonb_typeof(data -> 'distance') = 'number'
                              THEN (data ->> 'distance')::numeric END AS distance
                FROM (SELECT "offset" AS at, action, object, data FROM log_records
                      UNION ALL SELECT NULL, action, object, data FROM staged_log_records) r
               WHERE action = 'create' AND object = 'ride'
            )
            SELECT c.name, coalesce(t.rides, 0) + c.missed_rides + w.n = b.n
                     AND coalesce(t.total_distance, 0) + c.missed_distance + w.m = b.m AS ok,
                   format('%s rides, %s m at offset %s, and %s rides, %s m to come; the rides table has %s, %s m%s',
                          coalesce(t.rides, 0), coalesce(t.total_distance, 0), c.last_offset, w.n, w.m, b.n, b.m,
                          CASE WHEN c.missed_rides > 0 THEN format(', of which %s, %s m were before its time',
                               c.missed_rides, c.missed_distance) ELSE '' END) AS detail
              FROM checkpoints c
              LEFT JOIN total_distances t ON t.consumer = c.name
             CROSS JOIN booked b
             CROSS JOIN LATERAL (SELECT count(*) AS n, coalesce(sum(distance), 0) AS m FROM records
                                  WHERE distance > 0 AND (at IS NULL OR at > c.last_offset)) w
             WHERE c.projection = 'total_distance'
             UNION ALL
            SELECT c.name, true, format('at offset %s; the state of its projection, %s, is not checked', c.last_offset,
                                        c.projection)
              FROM checkpoints c WHERE c.projection <> 'total_distance'
             ORDER BY name""";

    private final Pool pool;

    public FullAudit(Pool pool) {
        this.pool = pool;
    }

    /** Completes with all findings; {@code begins} is told what is checked next. Reads the whole log. */
    public Future<List<Finding>> run(Consumer<String> begins) {
        var findings = new ArrayList<Finding>();
        return pool.withTransaction(snapshot -> snapshot.query(SNAPSHOT)
                .execute()
                .compose(set -> check(snapshot, "offsets", DENSE, findings, begins))
                .compose(done -> check(snapshot, "segments", LINES, findings, begins))
                .compose(done -> check(snapshot, "rides", RIDES, findings, begins))
                .compose(done -> check(snapshot, "consumers", CONSUMERS, findings, begins))
                .map(done -> List.copyOf(findings)));
    }

    private static Future<Void> check(
            SqlConnection snapshot, String what, String sql, List<Finding> findings, Consumer<String> begins) {
        begins.accept(what);
        return snapshot.query(sql)
                .execute()
                .onSuccess(rows -> rows.forEach(row -> findings.add(finding(row))))
                .mapEmpty();
    }

    private static Finding finding(Row row) {
        return new Finding(row.getString("name"), row.getBoolean("ok"), row.getString("detail"));
    }
}
