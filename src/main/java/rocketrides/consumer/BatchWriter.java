package rocketrides.consumer;

import static java.util.Objects.requireNonNull;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;
import rocketrides.consumer.Checkpoints.Batch;
import rocketrides.consumer.Checkpoints.Rejected;
import rocketrides.consumer.Checkpoints.Saved;
import rocketrides.log.LogRecord;
import rocketrides.log.SegmentId;

/**
 * The statements of a save, in a transaction that whoever calls has begun and ends: the checkpoint's, the rejected
 * records', the projection's. All are sent at once. The first one fails if the checkpoint cannot move, and in an aborted
 * transaction all others do, so these need no condition of their own.
 */
record BatchWriter<E>(String consumer, Projection<E> projection) {
    /** SQLSTATE of a save whose checkpoint was not where it should be; of the class left to applications. */
    static final String MOVED = "RR001";
    /** SQLSTATE of a save of records that are not of this history. */
    static final String OTHER_HISTORY = "RR002";

    /** It may quote the record, which may be large. */
    private static final int LONGEST_REASON = 1_000;

    /**
     * What every transaction of ours is, and no statement is outside of one. The same as READ COMMITTED, to Postgres
     * (manual, 13.2).
     */
    static final String MARK = "ISOLATION LEVEL READ UNCOMMITTED";

    // Postgres runs the final SELECT first and the CTEs that it does not reach afterwards, all on one snapshot
    // (manual, 7.8.4), so a refused save locks nothing but the checkpoint.
    // Somebody may cancel the BEGIN. Then each of the statements that are on their way behind this one would commit by
    // itself, so the session has to end.
    private static final String MOVE = """
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
            )
            SELECT CASE
              WHEN current_setting('transaction_isolation') <> 'read uncommitted'
                THEN pg_terminate_backend(pg_backend_pid())::text
              WHEN NOT (SELECT same FROM history) THEN refuse_save('RR002', 'a segment is not of this history')
              WHEN NOT EXISTS (SELECT FROM moved) THEN refuse_save('RR001', 'the checkpoint is elsewhere')
            END""";

    private static final String SET_ASIDE = """
            INSERT INTO rejected_records (consumer, "offset", reason, action, object, data)
            SELECT $1, r.* FROM unnest($2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[]) AS r
            ON CONFLICT DO NOTHING""";

    /**
     * @param allSent false if the projection had failed already when it returned: some of its statements may not be sent
     * @param saved completes when all has been answered; fails with what failed first. Until then the projection may send
     *     more, so the transaction must not end before, unless it is {@link Projection#pipelined} and all is sent
     */
    record Written(boolean allSent, Future<Saved> saved) {}

    Written write(Batch batch, SqlConnection transaction) {
        var events = new ArrayList<E>(batch.records().size());
        var rejected = new ArrayList<Rejected>();
        batch.records().forEach(record -> read(record, events, rejected));
        var moved = transaction
                .preparedQuery(MOVE)
                .execute(Tuple.from(List.of(
                        consumer,
                        batch.from(),
                        batch.to(),
                        batch.redisId(),
                        batch.segments().stream().map(SegmentId::firstOffset).toArray(Long[]::new),
                        batch.segments().stream().map(SegmentId::tag).toArray(UUID[]::new),
                        (long) batch.duplicates(),
                        (long) batch.gaps(),
                        (long) rejected.size())));
        var setAside = rejected.isEmpty() ? Future.succeededFuture() : setAside(rejected, transaction);
        var applied = events.isEmpty() ? Future.<String>succeededFuture() : apply(events, transaction);
        return new Written(
                !applied.failed(),
                Future.join(moved, setAside, applied)
                        .transform(ended -> moved.compose(done -> setAside).compose(done -> applied))
                        .map(shown -> new Saved(Saved.Outcome.DONE, events.size(), rejected, shown)));
    }

    /** A projection that waits for something else than Postgres fails with its session, which Postgres ends when it is idle. */
    private Future<String> apply(List<E> events, SqlConnection transaction) {
        var shown = Promise.<String>promise();
        transaction.closeHandler(closed -> shown.tryFail(
                consumer + "'s session ended before the projection \"" + projection.name() + "\" had answered"));
        Future.succeededFuture()
                .compose(all -> requireNonNull(
                        projection.apply(consumer, events, transaction),
                        () -> "the projection \"" + projection.name() + "\" answered null, allowed is a future"))
                .onSuccess(shown::tryComplete)
                .onFailure(shown::tryFail);
        return shown.future();
    }

    private void read(LogRecord record, List<E> events, List<Rejected> rejected) {
        try {
            var event = projection.read(record);
            if (event != null) {
                events.add(event);
            }
        } catch (RuntimeException e) {
            var reason = String.valueOf(e instanceof IllegalArgumentException ? e.getMessage() : e);
            rejected.add(new Rejected(record, reason.substring(0, Math.min(reason.length(), LONGEST_REASON))));
        }
    }

    private Future<?> setAside(List<Rejected> rejected, SqlConnection transaction) {
        return transaction
                .preparedQuery(SET_ASIDE)
                .execute(Tuple.of(
                        consumer,
                        rejected.stream().map(r -> r.record().offset()).toArray(Long[]::new),
                        rejected.stream().map(Rejected::reason).toArray(String[]::new),
                        column(rejected, LogRecord::action),
                        column(rejected, LogRecord::object),
                        column(rejected, LogRecord::data)));
    }

    private static String[] column(List<Rejected> rejected, Function<LogRecord, String> field) {
        return rejected.stream().map(Rejected::record).map(field).toArray(String[]::new);
    }
}
