package rocketrides.consumer;

import io.vertx.sqlclient.Tuple;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;
import rocketrides.consumer.Checkpoints.Batch;
import rocketrides.consumer.Checkpoints.Rejected;
import rocketrides.log.LogRecord;
import rocketrides.log.SegmentId;

/**
 * One save as one SQL statement: the checkpoint, the records set aside, and what the projection changes. If the
 * checkpoint cannot move, the statement fails as a whole, so a projection's change needs no condition of its own.
 */
final class SaveStatement {
    /** SQLSTATE of a save whose checkpoint was not where it should be; of the class left to applications. */
    static final String MOVED = "RR001";
    /** SQLSTATE of a save of records that are not of this history. */
    static final String OTHER_HISTORY = "RR002";

    // Postgres runs the final SELECT first and the CTEs that it does not reach afterwards, all on one snapshot
    // (manual, 7.8.4), so a refused save locks nothing but the checkpoint.
    private static final String CHECKPOINT = """
            WITH history AS MATERIALIZED (
              SELECT count(s.tag) = cardinality($5::bigint[]) AS same
                FROM unnest($5::bigint[], $6::uuid[]) AS b (first_offset, tag)
                LEFT JOIN log_segments s ON s.first_offset = b.first_offset AND s.tag = b.tag
            ), moved AS (
              UPDATE checkpoints
                 SET last_offset = $3, last_redis_id = $4, duplicates_skipped = duplicates_skipped + $7,
                     gaps_healed = gaps_healed + $8, rejected = rejected + $9
               WHERE name = $1 AND last_offset = $2 AND (SELECT same FROM history)
              RETURNING name
            )""";

    private static final String REJECT = """
            INSERT INTO rejected_records (consumer, "offset", reason, action, object, data)
            SELECT $1, r.* FROM unnest($2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[]) AS r
            ON CONFLICT DO NOTHING""";

    private static final String OUTCOME = """

            SELECT CASE
              WHEN NOT (SELECT same FROM history) THEN refuse_save('RR002', 'a segment is not of this history')
              WHEN NOT EXISTS (SELECT FROM moved) THEN refuse_save('RR001', 'the checkpoint is elsewhere')
              ELSE\s""";

    private final Changes changes;

    SaveStatement(String consumer, Batch<?> batch) {
        changes = new Changes(
                consumer,
                CHECKPOINT,
                consumer,
                batch.from(),
                batch.to(),
                batch.redisId(),
                batch.segments().stream().map(SegmentId::firstOffset).toArray(Long[]::new),
                batch.segments().stream().map(SegmentId::tag).toArray(UUID[]::new),
                (long) batch.duplicates(),
                (long) batch.gaps(),
                (long) batch.rejected().size());
        if (!batch.rejected().isEmpty()) {
            reject(batch.rejected());
        }
    }

    /** Where the projection adds its own. */
    Transaction changes() {
        return changes;
    }

    private void reject(List<Rejected> rejected) {
        changes.execute(
                REJECT,
                changes.consumer(),
                rejected.stream().map(r -> r.record().offset()).toArray(Long[]::new),
                rejected.stream().map(Rejected::reason).toArray(String[]::new),
                column(rejected, LogRecord::action),
                column(rejected, LogRecord::object),
                column(rejected, LogRecord::data));
    }

    private static String[] column(List<Rejected> rejected, Function<LogRecord, String> field) {
        return rejected.stream().map(Rejected::record).map(field).toArray(String[]::new);
    }

    String sql() {
        return changes.sql() + OUTCOME + changes.shown() + "\nEND";
    }

    Tuple parameters() {
        return changes.parameters();
    }
}
