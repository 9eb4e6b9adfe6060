package rocketrides.log;

import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.util.List;
import java.util.stream.StreamSupport;

/**
 * The durable log of one partition in Postgres. Each statement is correct on its own under READ COMMITTED with
 * {@code synchronous_commit = on}. Sessions should have {@code enable_seqscan = off} and {@code jit = off}: otherwise a
 * plan that was made while the staged table was empty would scan and sort the whole table from then on.
 */
public final class PostgresSegmentStore implements SegmentStore {

    /** Registration of a consumer and retention both take this lock, so that each sees the effects of the other. */
    public static final String LOCK_REGISTRATION = "SELECT pg_advisory_xact_lock(7001)";

    /**
     * Bytes: the largest data of a segment, unless it has only one record; and the largest result of one statement,
     * unless it is only one segment. Every reader and publisher must be able to hold this several times in memory.
     */
    static final long PORTION = 4 << 20;

    private static final String UNPUBLISHED = portion("""
            first_offset > (SELECT published FROM log_cursor WHERE partition = $3)""");

    // The cursor is a hint, so its commit need not wait for the disk (manual, "Asynchronous Commit"). A crash of
    // Postgres can only move it back, which causes a double send. Retention reads the cursor, and its later commit also
    // flushes the mark.
    private static final String MARK = """
            UPDATE log_cursor SET published = $2
             WHERE partition = $4 AND published = $1 - 1
               AND EXISTS (SELECT FROM log_segments WHERE partition = $4 AND first_offset = $1 AND tag = $3)
               AND set_config('synchronous_commit', 'off', true) = 'off'""";

    // max(first_offset) finds the position by the index; last_offset >= $4 would read the whole log up to it.
    private static final String READ = portion("""
            first_offset >= coalesce(
                (SELECT max(first_offset) FROM log_segments WHERE partition = $3 AND first_offset <= $4), 0)""");

    private static final String HOLDS =
            "SELECT FROM log_segments WHERE partition = $3 AND first_offset = $1 AND tag = $2";

    // Deletes only a prefix, because sealed_at need not increase with the offset. The newest segment always stays, to
    // mark the position. The statement reads a limited number of the oldest segments, so its cost does not depend on
    // how many have expired.
    private static final String RETAIN = """
            WITH oldest AS (
              SELECT first_offset, last_offset, sealed_at, octet_length(records) AS size
                FROM log_segments WHERE partition = $4 ORDER BY first_offset LIMIT $2
            ), summed AS MATERIALIZED (
              SELECT first_offset, row_number() OVER w AS n, sum(size) OVER w AS size,
                     bool_and(sealed_at < now() - $1 * interval '1 ms' AND last_offset <= k.upto) OVER w AS may_go
                FROM oldest CROSS JOIN (SELECT least(
                  (SELECT coalesce(min(last_offset), 0) FROM checkpoints WHERE partition = $4),
                  (SELECT published FROM log_cursor WHERE partition = $4),
                  (SELECT max(first_offset) FROM log_segments WHERE partition = $4) - 1) AS upto) k
              WINDOW w AS (ORDER BY first_offset ROWS UNBOUNDED PRECEDING)
            )
            DELETE FROM log_segments
             WHERE partition = $4 AND first_offset >= (SELECT min(first_offset) FROM summed)
               AND first_offset <= (SELECT max(first_offset) FROM summed WHERE may_go AND (size <= $3 OR n = 1))""";

    /**
     * The most segments, and bytes of segments, that one statement of retention deletes. A single segment may be
     * larger.
     */
    static final int RETENTION_SEGMENTS = 5_000;

    private static final long RETENTION_BYTES = 64 << 20;

    private final Pool pool;
    private final int partition;

    public PostgresSegmentStore(Pool pool, int partition) {
        this.pool = pool;
        this.partition = partition;
    }

    /** The first $1 segments of partition $3 that match, limited to $2 bytes in total, but at least one. */
    private static String portion(String which) {
        return """
            SELECT first_offset, last_offset, tag, records,
                   (SELECT published FROM log_cursor WHERE partition = $3) AS published
              FROM (SELECT first_offset, last_offset, tag, records, row_number() OVER w AS n,
                           sum(octet_length(records)) OVER w AS size
                      FROM (SELECT * FROM log_segments
                             WHERE partition = $3 AND %s ORDER BY first_offset LIMIT $1) s
                    WINDOW w AS (ORDER BY first_offset ROWS UNBOUNDED PRECEDING)) p
             WHERE size <= $2 OR n = 1 ORDER BY first_offset""".replace("%s", which);
    }

    @Override
    public int partition() {
        return partition;
    }

    @Override
    public Future<List<Segment>> unpublished(int limit) {
        return pool.preparedQuery(UNPUBLISHED)
                .execute(Tuple.of((long) limit, PORTION, (short) partition))
                .map(rows -> {
                    stream(rows).findFirst().ifPresent(PostgresSegmentStore::requireContiguous);
                    return segments(rows);
                });
    }

    private static void requireContiguous(Row row) {
        long first = row.getLong("first_offset");
        long published = row.getLong("published");
        if (first != published + 1) {
            throw new UnusableLogException("log_segments has no segment that begins at offset " + (published + 1)
                    + ", right after log_cursor.published; the next one begins at " + first);
        }
    }

    @Override
    public Future<Boolean> mark(Segment segment) {
        return pool.preparedQuery(MARK)
                .execute(Tuple.of(segment.firstOffset(), segment.lastOffset(), segment.tag(), (short) partition))
                .map(rows -> rows.rowCount() == 1);
    }

    @Override
    public Future<List<Segment>> read(long offset, int limit) {
        return pool.preparedQuery(READ)
                .execute(Tuple.of((long) limit, PORTION, (short) partition, offset))
                .map(PostgresSegmentStore::segments);
    }

    @Override
    public Future<Boolean> holds(SegmentId segment) {
        return pool.preparedQuery(HOLDS)
                .execute(Tuple.of(segment.firstOffset(), segment.tag(), (short) partition))
                .map(rows -> rows.size() == 1);
    }

    @Override
    public Future<Integer> retain(Duration age) {
        return pool.withTransaction(transaction -> transaction
                .query(LOCK_REGISTRATION)
                .execute()
                .compose(locked -> transaction
                        .preparedQuery(RETAIN)
                        .execute(Tuple.of((double) age.toMillis(), (long) RETENTION_SEGMENTS, RETENTION_BYTES, (short)
                                partition)))
                .map(RowSet::rowCount));
    }

    private static List<Segment> segments(RowSet<Row> rows) {
        return stream(rows)
                .map(row -> new Segment(
                        row.getLong("first_offset"),
                        row.getLong("last_offset"),
                        row.getUUID("tag"),
                        row.getString("records")))
                .toList();
    }

    private static java.util.stream.Stream<Row> stream(RowSet<Row> rows) {
        return StreamSupport.stream(rows.spliterator(), false);
    }
}
