package rocketrides.status;

import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlConnection;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import rocketrides.status.Books.Finding;

/**
 * Checks the log, and then runs the checks of the {@link Books}, in one snapshot, so it also works while the system is
 * in use. Its SQL shares nothing with the code that it checks. Changes nothing.
 */
public final class FullAudit {
    /** How many checks there are. */
    public static final int CHECKS = 3;

    private static final String SNAPSHOT = """
            SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL statement_timeout = 0;
            SET LOCAL idle_in_transaction_session_timeout = 0""";

    private static final String DENSE = """
            SELECT CASE count(*) OVER () WHEN 1 THEN 'offsets' ELSE 'offsets of partition ' || partition END AS name,
                   coalesce(holes, 0) = 0 AND coalesce(last, head) = head AND published <= head AS ok,
                   format('%s segments from offset %s to %s, head %s, published %s, %s holes or overlaps',
                          coalesce(segments, 0), first, last, head, published, coalesce(holes, 0)) AS detail
              FROM (SELECT partition, next_offset - 1 AS head FROM log_head) h
              JOIN log_cursor USING (partition)
              LEFT JOIN (
                SELECT partition, count(*) AS segments, min(first_offset) AS first, max(last_offset) AS last,
                       count(*) FILTER (WHERE first_offset <> before + 1) AS holes
                  FROM (SELECT partition, first_offset, last_offset,
                               lag(last_offset) OVER (PARTITION BY partition ORDER BY first_offset) AS before
                          FROM log_segments) o
                 GROUP BY partition) s USING (partition)
             ORDER BY partition""";

    private static final String LINES = """
            SELECT 'segments' AS name, count(*) = 0 AS ok,
                   format('%s of them do not hold a line for each offset', count(*)) AS detail
              FROM log_segments
             WHERE length(records) - length(replace(records, E'\\n', '')) <> last_offset - first_offset""";

    private FullAudit() {}

    /** Completes with all findings. {@code begins} is called with the name of each check. Reads the whole log. */
    public static Future<List<Finding>> run(Pool pool, Books books, Consumer<String> begins) {
        var found = new ArrayList<Finding>();
        return pool.withTransaction(snapshot -> snapshot.query(SNAPSHOT)
                .execute()
                .compose(set -> {
                    begins.accept("offsets");
                    return findings(snapshot, DENSE).onSuccess(found::addAll);
                })
                .compose(offsets -> {
                    begins.accept("segments");
                    return findings(snapshot, LINES).onSuccess(found::addAll);
                })
                .compose(segments -> {
                    begins.accept("books");
                    return books.check(snapshot).onSuccess(found::addAll);
                })
                .map(found));
    }

    /** Runs a statement whose rows have the columns {@code name}, {@code ok} and {@code detail} (for people). */
    public static Future<List<Finding>> findings(SqlConnection snapshot, String sql) {
        return snapshot.query(sql).execute().map(rows -> rows.stream()
                .map(row -> new Finding(row.getString("name"), row.getBoolean("ok"), row.getString("detail")))
                .toList());
    }
}
