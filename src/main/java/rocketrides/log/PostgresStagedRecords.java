package rocketrides.log;

import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * The staged records in Postgres. {@link PostgresSegmentStore} describes the requirements for statements and sessions.
 */
public final class PostgresStagedRecords implements StagedRecords {

    // The head rows are locked first; those that another sealer has locked are skipped. The staged records need no row
    // lock and no SKIP LOCKED: one seal at a time takes records of a partition, in the order of their ids, including
    // every record that was committed before the seal began. The statement returns only small segments: if it returned
    // more than fits into the buffers of the connection, a client that hangs while it reads would hold the locks of the
    // heads. Computing sizes costs an eighth of the statement, so it happens only if there is a large record. A batch
    // always starts at the lowest id, and has at least one record. If a head has moved since the snapshot, Postgres
    // rechecks it together with the counts it was joined to; so the counts are separate rows, without the records.
    private static final String SEAL = """
            WITH head AS MATERIALIZED (
              SELECT partition, floor FROM log_head
               WHERE partition = ANY ($3)
                 AND EXISTS (SELECT FROM staged_log_records s WHERE s.partition = log_head.partition AND s.id > log_head.floor)
                 FOR UPDATE SKIP LOCKED
            ), taken AS (
              DELETE FROM staged_log_records WHERE ctid = ANY (CASE
                WHEN EXISTS (SELECT FROM head h CROSS JOIN LATERAL (
                  SELECT FROM staged_log_records
                   WHERE partition = h.partition AND id > h.floor AND data_size > 400 ORDER BY id LIMIT 1) t)
                THEN ARRAY(
                  SELECT t.ctid FROM head h CROSS JOIN LATERAL (
                    SELECT ctid, data_size, sum(data_size) OVER (ORDER BY id ROWS UNBOUNDED PRECEDING) AS size
                      FROM (SELECT ctid, id, data_size FROM staged_log_records
                             WHERE partition = h.partition AND id > h.floor ORDER BY id LIMIT $1) n) t
                   WHERE size <= $2 OR size = data_size)
                ELSE ARRAY(
                  SELECT t.ctid FROM head h CROSS JOIN LATERAL (
                    SELECT ctid FROM staged_log_records
                     WHERE partition = h.partition AND id > h.floor ORDER BY id LIMIT $1) t)
                END)
              RETURNING partition, id, action || E'\\t' || object || E'\\t' || data::text AS line
            ), batch AS MATERIALIZED (
              SELECT partition, count(*) AS n,
                     string_agg(line, E'\\n' ORDER BY id) AS records
                FROM taken GROUP BY partition
            ), counts AS MATERIALIZED (
              SELECT partition, n FROM batch
            ), moved AS (
              UPDATE log_head h SET next_offset = next_offset + c.n
                FROM counts c WHERE h.partition = c.partition
              RETURNING h.partition, next_offset - c.n AS first_offset
            )
            INSERT INTO log_segments (partition, first_offset, last_offset, records)
            SELECT partition, m.first_offset, m.first_offset + b.n - 1, b.records FROM moved m JOIN batch b USING (partition)
            RETURNING partition, first_offset, last_offset, tag, CASE WHEN octet_length(records) <= $4 THEN records END AS records,
                      (SELECT published = first_offset - 1 FROM log_cursor c WHERE c.partition = log_segments.partition) AS next""";

    // An unused sequence also reports 1. In this case the first record may not be committed yet.
    private static final String HIGHEST_ID =
            "(SELECT CASE WHEN is_called THEN last_value ELSE last_value - 1 END FROM staged_log_records_id_seq)";

    private static final String SEQUENCE = "SELECT " + HIGHEST_ID + """
            , seqincrement, seqcache, seqcycle FROM pg_sequence WHERE seqrelid = 'staged_log_records_id_seq'::regclass""";

    private static final String RAISE_FLOOR = """
            UPDATE log_head h SET floor = greatest(h.floor, least($1, coalesce(
              (SELECT s.id - 1 FROM staged_log_records s
                WHERE s.partition = h.partition AND s.id > h.floor ORDER BY s.id LIMIT 1), $1)))
             WHERE h.partition = ANY ($2) AND $1 <=\s""" + HIGHEST_ID;

    private static final String LOWER_FLOOR = """
            UPDATE log_head h SET floor = 0
             WHERE h.partition = ANY ($1) AND h.floor > 0
               AND (EXISTS (SELECT FROM staged_log_records s WHERE s.partition = h.partition AND s.id <= h.floor)
                 OR h.floor >\s""" + HIGHEST_ID + ")";

    /** Bytes of records that a seal returns, of all partitions together: half of what Linux receives before a client reads. */
    static final int MOST_RETURNED = 32_768;

    private final Pool pool;
    private final Supplier<Set<Integer>> partitions;

    /**
     * The session of the last sample. It is closed as soon as a statement on it fails, and the sample is then useless.
     */
    private SqlConnection floorSession;

    private FloorSample sampled;

    /** {@code partitions}: those that the caller owns now. */
    public PostgresStagedRecords(Pool pool, Supplier<Set<Integer>> partitions) {
        this.pool = pool;
        this.partitions = partitions;
    }

    @Override
    public Future<List<NewSegment>> seal(int limit) {
        var mine = mine();
        return pool.preparedQuery(SEAL)
                .execute(Tuple.of(
                        (long) limit, PostgresSegmentStore.PORTION, mine, MOST_RETURNED / Math.max(1, mine.length)))
                .map(rows -> rows.stream().map(PostgresStagedRecords::sealed).toList());
    }

    private static NewSegment sealed(Row row) {
        long first = row.getLong("first_offset");
        long last = row.getLong("last_offset");
        return new NewSegment(
                row.getInteger("partition"),
                first,
                last,
                row.getBoolean("next"),
                Optional.ofNullable(row.getString("records"))
                        .map(records -> new Segment(first, last, row.getUUID("tag"), records)));
    }

    @Override
    public Future<FloorSample> sampleFloor() {
        return session()
                .compose(session -> session.query(SEQUENCE)
                        .execute()
                        .map(rows -> highestId(rows.iterator().next()))
                        .compose(highest -> writers(session).map(writers -> new FloorSample(highest, writers))))
                .onSuccess(sample -> sampled = sample)
                .onFailure(t -> forgetSample());
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
                                .execute(Tuple.of(sample.highestId(), (Object) mine()))
                                .map(true))
                .onFailure(t -> forgetSample());
    }

    /** With one of these settings, the sequence may assign ids that are lower than earlier ones. */
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
        return pool.preparedQuery(LOWER_FLOOR)
                .execute(Tuple.of((Object) mine()))
                .map(rows -> rows.rowCount() > 0);
    }

    private Short[] mine() {
        return partitions.get().stream().map(Integer::shortValue).toArray(Short[]::new);
    }

    private static Future<Set<String>> writers(SqlConnection session) {
        return TableWriters.of(session, "staged_log_records");
    }

    private Future<SqlConnection> session() {
        return floorSession != null
                ? Future.succeededFuture(floorSession)
                // Without a handler, the client prints that the connection was lost. The next sample fails then.
                : pool.getConnection().onSuccess(session -> floorSession = session.exceptionHandler(lost -> {}));
    }

    @Override
    public void forgetSample() {
        if (floorSession != null) {
            floorSession.close();
            floorSession = null;
        }
        sampled = null;
    }
}
