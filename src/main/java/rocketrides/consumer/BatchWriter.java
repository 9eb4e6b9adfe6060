package rocketrides.consumer;

import static java.util.Objects.requireNonNull;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import rocketrides.consumer.Checkpoints.Batch;
import rocketrides.consumer.Checkpoints.Rejected;
import rocketrides.consumer.Checkpoints.Saved;
import rocketrides.consumer.SingleStatement.Statement;
import rocketrides.log.LogRecord;
import rocketrides.log.SegmentId;
import rocketrides.runtime.Numbers;

/** Moves a consumer's checkpoint and applies a batch to its state: both or neither. */
final class BatchWriter<E> {
    /** SQLSTATE of a save whose checkpoint was elsewhere. Its class is reserved for applications. */
    static final String MOVED = "RR001";
    /** SQLSTATE of a save with a segment that is not of this history. */
    static final String OTHER_HISTORY = "RR002";

    /** A reason may quote the record, which may be large. */
    private static final int LONGEST_REASON = 1_000;

    // Postgres evaluates the final SELECT first, and then the CTEs that it did not use, all with one snapshot (manual,
    // 7.8.4). So a refused save locks only the checkpoint, and a projection's statement inside needs no condition of
    // its own. A rewind that commits while this statement waits for the row may leave last_offset unchanged. But the
    // rewind replaces the state, of which this snapshot sees the old version. The comparison of rewinds detects that.
    // Postgres can execute the subquery only by the index. If it were a join, and the plan were made while the log was
    // short, each save would read the whole log.
    private static final String MOVE = """
            history AS MATERIALIZED (
              SELECT count(*) = cardinality($5::bigint[]) AS same
                FROM unnest($5::bigint[], $6::uuid[]) AS b (first_offset, tag)
               WHERE b.tag = (SELECT s.tag FROM log_segments s WHERE s.partition = $10 AND s.first_offset = b.first_offset)
            ), moved AS (
              UPDATE checkpoints
                 SET last_offset = $3, last_redis_id = $4, duplicates_skipped = duplicates_skipped + $7,
                     gaps_healed = gaps_healed + $8, rejected = rejected + $9
               WHERE name = $1 AND last_offset = $2 AND (SELECT same FROM history)
                 AND rewinds = (SELECT c.rewinds FROM checkpoints c WHERE c.name = $1 AND c.partition = $10)
                 AND partition = $10 AND begun
              RETURNING name
            )
            SELECT CASE
              WHEN NOT (SELECT same FROM history) THEN refuse_save('RR002', 'a segment is not of this history')
              WHEN NOT EXISTS (SELECT FROM moved) THEN refuse_save('RR001', 'the checkpoint is elsewhere')
            """;

    private static final String SET_ASIDE = """
            INSERT INTO rejected_records (consumer, partition, "offset", reason, action, object, data)
            SELECT $1, $7, r.* FROM unnest($2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[]) AS r
            ON CONFLICT DO NOTHING""";

    private static final Pattern PARAMETER = Pattern.compile("\\$(\\d+)");

    private final Instance instance;
    private final Projection<E> projection;
    private Combined combined;

    BatchWriter(Instance instance, Projection<E> projection) {
        this.instance = instance;
        this.projection = projection;
    }

    /**
     * The checkpoint's statement with a projection's statement inside. Built once, because a projection uses the same
     * text each time. The projection's parameters come first, those of the checkpoint follow.
     */
    private record Combined(String change, String sql) {

        /** The projection's statement comes first, so that names of our CTEs cannot hide its tables. */
        static Combined of(Statement change) {
            int parameters = change.parameters().size();
            PARAMETER.matcher(change.sql()).results().forEach(used -> {
                if (number(used) > parameters) {
                    throw new IllegalArgumentException("uses " + used.group() + ", but has parameters up to $"
                            + parameters + " only: " + change.sql());
                }
            });
            var ours = PARAMETER.matcher(MOVE).replaceAll(used -> "\\$" + (parameters + number(used)));
            var sql = "WITH change AS (\n" + change.sql() + "\n), " + ours
                    + "  ELSE (SELECT shown FROM change LIMIT 1)\nEND";
            return new Combined(change.sql(), sql);
        }

        private static long number(MatchResult used) {
            return Numbers.whole(used.group(1)).orElse(Integer.MAX_VALUE);
        }
    }

    /** The events and rejected records that the projection reads from a batch. */
    private record Meaning<E>(List<E> events, List<Rejected> rejected) {
        Saved saved(String shown) {
            return new Saved(Saved.Outcome.DONE, events.size(), rejected, shown);
        }
    }

    /**
     * Saves with one statement if the projection's change is one statement and no record is rejected, otherwise in a
     * transaction. Completes after the commit. If this process dies before that, Postgres rolls back.
     */
    Future<Saved> save(Batch batch, Pool pool) {
        var meaning = read(batch);
        if (!meaning.rejected().isEmpty()) {
            return Transactions.run(pool, transaction -> write(batch, meaning, transaction));
        }
        if (meaning.events().isEmpty()) {
            return move(batch, 0, pool).map(meaning::saved);
        }
        return projection instanceof SingleStatement<E> single
                ? answer(() -> single.statement(instance, meaning.events()), "a statement")
                        .compose(change -> move(batch, change, pool))
                        .map(meaning::saved)
                : Transactions.run(pool, transaction -> write(batch, meaning, transaction));
    }

    /**
     * Writes in a transaction that the caller begins and ends. Fails with the first failure, and sends nothing after
     * it.
     */
    Future<Saved> write(Batch batch, SqlConnection transaction) {
        return write(batch, read(batch), transaction);
    }

    private Future<Saved> write(Batch batch, Meaning<E> meaning, SqlConnection transaction) {
        var events = meaning.events();
        var rejected = meaning.rejected();
        return move(batch, rejected.size(), transaction)
                .compose(moved -> rejected.isEmpty() ? Future.succeededFuture() : setAside(rejected, transaction))
                .compose(all -> events.isEmpty() ? Future.succeededFuture() : apply(events, transaction))
                .map(meaning::saved);
    }

    private Future<String> move(Batch batch, int rejected, SqlClient client) {
        return move("WITH " + MOVE + "END", List.of(), batch, rejected, client);
    }

    private Future<String> move(Batch batch, Statement change, SqlClient client) {
        var before = new ArrayList<Object>();
        for (int i = 0; i < change.parameters().size(); i++) {
            before.add(change.parameters().getValue(i));
        }
        if (combined == null || !combined.change().equals(change.sql())) {
            combined = Combined.of(change);
        }
        return move(combined.sql(), before, batch, 0, client);
    }

    private Future<String> move(String sql, List<Object> before, Batch batch, int rejected, SqlClient client) {
        var parameters = new ArrayList<>(before);
        parameters.addAll(List.of(
                instance.consumer(),
                batch.from(),
                batch.to(),
                batch.redisId(),
                batch.segments().stream().map(SegmentId::firstOffset).toArray(Long[]::new),
                batch.segments().stream().map(SegmentId::tag).toArray(UUID[]::new),
                (long) batch.duplicates(),
                (long) batch.gaps(),
                (long) rejected,
                (short) instance.partition()));
        return client.preparedQuery(sql)
                .execute(Tuple.from(parameters))
                .map(rows -> rows.iterator().next().getString(0));
    }

    /**
     * If the projection waits for something other than Postgres, the session becomes idle, and Postgres ends it. The
     * future then fails instead of waiting for ever.
     */
    private Future<String> apply(List<E> events, SqlConnection transaction) {
        var shown = Promise.<String>promise();
        transaction.closeHandler(closed -> shown.tryFail(
                instance.role() + "'s session ended before the projection \"" + projection.name() + "\" had answered"));
        answer(() -> projection.apply(instance, events, transaction), "a future")
                .compose(answer -> answer)
                .onSuccess(shown::tryComplete)
                .onFailure(shown::tryFail);
        return shown.future();
    }

    /** Fails if the projection throws or returns null. */
    private <T> Future<T> answer(Supplier<T> asked, String allowed) {
        return Future.succeededFuture()
                .map(all -> requireNonNull(
                        asked.get(),
                        () -> "the projection \"" + projection.name() + "\" answered null, allowed is " + allowed));
    }

    private Meaning<E> read(Batch batch) {
        var meaning = new Meaning<E>(new ArrayList<>(batch.records().size()), new ArrayList<>());
        batch.records().forEach(record -> read(record, meaning));
        return meaning;
    }

    private void read(LogRecord record, Meaning<E> meaning) {
        try {
            var event = projection.read(record);
            if (event != null) {
                meaning.events().add(event);
            }
        } catch (RuntimeException e) {
            var reason = String.valueOf(e instanceof IllegalArgumentException ? e.getMessage() : e);
            meaning.rejected()
                    .add(new Rejected(record, reason.substring(0, Math.min(reason.length(), LONGEST_REASON))));
        }
    }

    private Future<?> setAside(List<Rejected> rejected, SqlConnection transaction) {
        return transaction
                .preparedQuery(SET_ASIDE)
                .execute(Tuple.of(
                        instance.consumer(),
                        rejected.stream().map(r -> r.record().offset()).toArray(Long[]::new),
                        rejected.stream().map(Rejected::reason).toArray(String[]::new),
                        column(rejected, LogRecord::action),
                        column(rejected, LogRecord::object),
                        column(rejected, LogRecord::data),
                        (short) instance.partition()));
    }

    private static String[] column(List<Rejected> rejected, Function<LogRecord, String> field) {
        return rejected.stream().map(Rejected::record).map(field).toArray(String[]::new);
    }
}
