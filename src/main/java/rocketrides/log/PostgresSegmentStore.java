package rocketrides.log;

import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.StreamSupport;

/**
 * The durable log in Postgres. Every statement is right on its own under READ COMMITTED with
 * {@code synchronous_commit = on}; sessions should have {@code enable_seqscan = off} and {@code jit = off}, because a
 * plan made while the staged table was empty would scan and sort it for ever after.
 */
public final class PostgresSegmentStore implements SegmentStore {

    /** Registration of a consumer and retention take this lock, so that neither overlooks the other. */
    public static final String LOCK_REGISTRATION = "SELECT pg_advisory_xact_lock(7001)";

    /**
     * Bytes: of the data of a segment's records, unless it has only one; and of the segments that one statement returns,
     * unless it is only one. So many bytes every reader must be able to hold, a few times over, and so must every publisher.
     */
    private static final long PORTION = 4 << 20;

    // The head row comes first: whoever finds it locked leaves at once. No row lock and no SKIP LOCKED on the staged
    // records: one seal at a time takes them, and every record that committed before it began, in the order of ids.
    // Returns bounds only: rows that a frozen client does not read would hold the head's lock. Adding up sizes costs an
    // eighth of the statement, so it happens only if a large record is there; always from the lowest id on, and always
    // one.
    private static final String SEAL = """
            WITH head AS MATERIALIZED (
              SELECT floor FROM log_head
               WHERE one AND EXISTS (SELECT FROM staged_log_records s WHERE s.id > log_head.floor)
                 FOR UPDATE SKIP LOCKED
            ), taken AS (
              DELETE FROM staged_log_records WHERE ctid = ANY (CASE
                WHEN EXISTS (SELECT FROM staged_log_records WHERE data_size > 400 AND id > (SELECT floor FROM head))
                THEN ARRAY(
                  SELECT ctid
                    FROM (SELECT ctid, data_size, sum(data_size) OVER (ORDER BY id ROWS UNBOUNDED PRECEDING) AS size
                            FROM (SELECT ctid, id, data_size FROM staged_log_records
                                   WHERE id > (SELECT floor FROM head) ORDER BY id LIMIT $1) n) s
                   WHERE size <= $2 OR size = data_size)
                ELSE ARRAY(
                  SELECT ctid FROM staged_log_records WHERE id > (SELECT floor FROM head) ORDER BY id LIMIT $1)
                END)
              RETURNING id, action || E'\\t' || object || E'\\t' || data::text AS line
            ), batch AS MATERIALIZED (
              SELECT count(*) AS n,
                     string_agg(line, E'\\n' ORDER BY id) AS records
                FROM taken
            ), moved AS (
              UPDATE log_head SET next_offset = next_offset + (SELECT n FROM batch)
               WHERE one AND (SELECT n FROM batch) > 0
              RETURNING next_offset - (SELECT n FROM batch) AS first_offset
            )
            INSERT INTO log_segments (first_offset, last_offset, records)
            SELECT m.first_offset, m.first_offset + b.n - 1, b.records FROM moved m, batch b
            RETURNING first_offset, last_offset""";

    private static final String UNPUBLISHED = portion("""
            first_offset > (SELECT published FROM log_cursor WHERE one)""");

    // The cursor is a hint, so its commit need not wait for the disk (manual, "Asynchronous Commit"): a
    // crash of Postgres can only move it back, to a double send. Retention reads it, but commits after it and takes it
    // along.
    private static final String MARK = """
            UPDATE log_cursor SET published = $2
             WHERE one AND published = $1 - 1
               AND EXISTS (SELECT FROM log_segments WHERE first_offset = $1 AND tag = $3)
               AND set_config('synchronous_commit', 'off', true) = 'off'""";

    // max(first_offset) finds the place by the index; last_offset >= $3 would read the whole log up to it.
    private static final String READ = portion("""
            first_offset >= coalesce((SELECT max(first_offset) FROM log_segments WHERE first_offset <= $3), 0)""");

    private static final String HOLDS = "SELECT FROM log_segments WHERE first_offset = $1 AND tag = $2";

    // A prefix only: sealed_at need not rise with the offset. The newest segment always stays, to show where we are. It
    // looks at one portion of the oldest segments, so it costs the same however many have expired.
    private static final String RETAIN = """
            WITH oldest AS (
              SELECT first_offset, last_offset, sealed_at, octet_length(records) AS size
                FROM log_segments ORDER BY first_offset LIMIT $2
            ), summed AS MATERIALIZED (
              SELECT first_offset, row_number() OVER w AS n, sum(size) OVER w AS size,
                     bool_and(sealed_at < now() - $1 * interval '1 ms' AND last_offset <= k.upto) OVER w AS may_go
                FROM oldest CROSS JOIN (SELECT least(
                  (SELECT coalesce(min(last_offset), 0) FROM checkpoints),
                  (SELECT published FROM log_cursor WHERE one),
                  (SELECT max(first_offset) FROM log_segments) - 1) AS upto) k
              WINDOW w AS (ORDER BY first_offset ROWS UNBOUNDED PRECEDING)
            )
            DELETE FROM log_segments
             WHERE first_offset >= (SELECT min(first_offset) FROM summed)
               AND first_offset <= (SELECT max(first_offset) FROM summed WHERE may_go AND (size <= $3 OR n = 1))""";

    // A sequence that has given out nothing yet says 1, too: the first record may still be on its way.
    private static final String HIGHEST_ID =
            "(SELECT CASE WHEN is_called THEN last_value ELSE last_value - 1 END FROM staged_log_records_id_seq)";

    private static final String SEQUENCE = "SELECT " + HIGHEST_ID + """
            , seqincrement, seqcache, seqcycle FROM pg_sequence WHERE seqrelid = 'staged_log_records_id_seq'::regclass""";

    private static final String RAISE_FLOOR = """
            UPDATE log_head h SET floor = greatest(h.floor, least($1, coalesce(
              (SELECT s.id - 1 FROM staged_log_records s WHERE s.id > h.floor ORDER BY s.id LIMIT 1), $1)))
             WHERE h.one AND $1 <=\s""" + HIGHEST_ID;

    private static final String LOWER_FLOOR = """
            UPDATE log_head h SET floor = 0
             WHERE h.one AND h.floor > 0
               AND (EXISTS (SELECT FROM staged_log_records s WHERE s.id <= h.floor) OR h.floor >\s""" + HIGHEST_ID + ")";

    /** Segments that one statement of retention deletes at most, and their bytes, unless it is only one. */
    static final int RETENTION_SEGMENTS = 5_000;

    private static final long RETENTION_BYTES = 64 << 20;

    private final Pool pool;

    /** Holds the sample's session; gone, and the sample with it, as soon as anything fails on it. */
    private SqlConnection floorSession;

    private FloorSample sampled;

    public PostgresSegmentStore(Pool pool) {
        this.pool = pool;
    }

    /** The first $1 segments of those that are asked for, as far as they are not more than $2 bytes, but at least one. */
    private static String portion(String which) {
        return """
            SELECT first_offset, last_offset, tag, records, (SELECT published FROM log_cursor WHERE one) AS published
              FROM (SELECT first_offset, last_offset, tag, records, row_number() OVER w AS n,
                           sum(octet_length(records)) OVER w AS size
                      FROM (SELECT * FROM log_segments WHERE %s ORDER BY first_offset LIMIT $1) s
                    WINDOW w AS (ORDER BY first_offset ROWS UNBOUNDED PRECEDING)) p
             WHERE size <= $2 OR n = 1 ORDER BY first_offset""".replace("%s", which);
    }

    @Override
    public Future<Optional<Bounds>> seal(int limit) {
        return pool.preparedQuery(SEAL)
                .execute(Tuple.of((long) limit, PORTION))
                .map(rows -> stream(rows).findFirst().map(row -> new Bounds(row.getLong(0), row.getLong(1))));
    }

    @Override
    public Future<List<Segment>> unpublished(int limit) {
        return pool.preparedQuery(UNPUBLISHED)
                .execute(Tuple.of((long) limit, PORTION))
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
                .execute(Tuple.of(segment.firstOffset(), segment.lastOffset(), segment.tag()))
                .map(rows -> rows.rowCount() == 1);
    }

    @Override
    public Future<List<Segment>> read(long offset, int limit) {
        return pool.preparedQuery(READ)
                .execute(Tuple.of((long) limit, PORTION, offset))
                .map(PostgresSegmentStore::segments);
    }

    @Override
    public Future<Boolean> holds(SegmentId segment) {
        return pool.preparedQuery(HOLDS)
                .execute(Tuple.of(segment.firstOffset(), segment.tag()))
                .map(rows -> rows.size() == 1);
    }

    @Override
    public Future<Integer> retain(Duration age) {
        return pool.withTransaction(transaction -> transaction
                .query(LOCK_REGISTRATION)
                .execute()
                .compose(locked -> transaction
                        .preparedQuery(RETAIN)
                        .execute(Tuple.of((double) age.toMillis(), (long) RETENTION_SEGMENTS, RETENTION_BYTES)))
                .map(RowSet::rowCount));
    }

    @Override
    public Future<FloorSample> sampleFloor() {
        return session()
                .compose(session -> session.query(SEQUENCE)
                        .execute()
                        .map(rows -> highestId(rows.iterator().next()))
                        .compose(highest -> writers(session).map(writers -> new FloorSample(highest, writers))))
                .onSuccess(sample -> sampled = sample)
                .onFailure(t -> dropSession());
    }

    @Override
    public Future<Boolean> raiseFloor(FloorSample sample) {
        if (floorSession == null || sample != sampled) {
            return Future.failedFuture(new IllegalStateException("the session of this sample is gone"));
        }
        var session = floorSession;
        return writers(session)
                .compose(writers -> writers.stream().anyMatch(sample.writers()::contains)
                        ? Future.succeededFuture(false)
                        : session.preparedQuery(RAISE_FLOOR)
                                .execute(Tuple.of(sample.highestId()))
                                .map(true))
                .onFailure(t -> dropSession());
    }

    /** With any of these settings, ids may come that are lower than one given out before. */
    private static long highestId(Row sequence) {
        long increment = sequence.getLong("seqincrement");
        long cache = sequence.getLong("seqcache");
        boolean cycle = sequence.getBoolean("seqcycle");
        if (increment < 1 || cache != 1 || cycle) {
            throw new IllegalStateException("the sequence staged_log_records_id_seq has INCREMENT " + increment
                    + ", CACHE "
                    + cache + " and " + (cycle ? "CYCLE" : "NO CYCLE") + ", so records may be sealed out of order, and"
                    + " sealing becomes slow, because log_head.floor is not raised. Repair it: ALTER SEQUENCE"
                    + " staged_log_records_id_seq INCREMENT 1 CACHE 1 NO CYCLE");
        }
        return sequence.getLong(0);
    }

    @Override
    public Future<Boolean> lowerFloor() {
        return pool.query(LOWER_FLOOR).execute().map(rows -> rows.rowCount() == 1);
    }

    private static Future<Set<String>> writers(SqlConnection session) {
        return TableWriters.of(session, "staged_log_records");
    }

    private Future<SqlConnection> session() {
        return floorSession != null
                ? Future.succeededFuture(floorSession)
                : pool.getConnection().onSuccess(session -> floorSession = session);
    }

    private void dropSession() {
        if (floorSession != null) {
            floorSession.close();
            floorSession = null;
        }
        sampled = null;
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
