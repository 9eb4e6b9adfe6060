package rocketrides.consumer;

import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;
import rocketrides.consumer.Checkpoints.Batch;
import rocketrides.log.PostgresSegmentStore;
import rocketrides.log.SegmentStore;
import rocketrides.log.StreamId;
import rocketrides.runtime.Repeat;

/**
 * Rewinds or removes a consumer, from another process and while the consumer runs. Checkpoint and state change in one
 * transaction, which also locks the checkpoint's row. So a concurrent save either commits before, or finds the
 * checkpoint changed; the consumer then loads its checkpoint again, at its next idle check at the latest. If this
 * process dies, nothing has changed.
 *
 * <p>A state at an offset is rebuilt from the first record on. If retention has deleted the beginning of the log, that
 * is impossible. The registration lock prevents retention from deleting it meanwhile.
 */
public final class Rewind {
    private static final int SEGMENTS_PER_READ = 4;

    private static final String REGISTERED = """
            SELECT coalesce(bool_or(name = $1), false) AS registered,
                   coalesce(string_agg(DISTINCT name, ', ' ORDER BY name), 'none') AS names
              FROM checkpoints""";

    private static final String FIND =
            "SELECT last_offset, projection FROM checkpoints WHERE name = $1 ORDER BY partition FOR UPDATE";

    private static final String BEGINNING = """
            SELECT max(coalesce(
                     (SELECT min(first_offset) FROM log_segments s WHERE s.partition = h.partition), next_offset))
              FROM log_head h""";

    /** Deleting millions of rejected records, or a large state, may take longer than the usual statement timeout. */
    private static final String NO_TIME_LIMIT = "SET LOCAL statement_timeout = 0";

    private static final String RESET = """
            UPDATE checkpoints
               SET last_offset = 0, last_redis_id = '0-0', rejected = 0,
                   begun = NOT EXISTS (SELECT FROM partitions p WHERE p.partition = checkpoints.partition AND generation > 0),
                   rewinds = rewinds + 1
             WHERE name = $1""";

    private static final String REMOVE = """
            WITH unassigned AS (DELETE FROM assignments WHERE role = $1)
            DELETE FROM checkpoints WHERE name = $1""";

    private static final String ACCEPT = "DELETE FROM rejected_records WHERE consumer = $1";

    private final Pool pool;
    private final SegmentStore archive;
    private final Projection<?> projection;

    /** {@code projection}: that of the consumer. */
    public Rewind(Pool pool, SegmentStore archive, Projection<?> projection) {
        this.pool = pool;
        this.archive = archive;
        this.projection = projection;
    }

    /** The operation is not possible; the message gives the reason. Nothing has changed. */
    public static final class RefusedException extends RuntimeException {
        private static final long serialVersionUID = 1;

        RefusedException(String message) {
            super(message);
        }
    }

    /**
     * Completes when the checkpoint is {@code to} and the state is that of offset {@code to}. The consumer continues
     * from there by itself. With {@code to} 0, this holds for all partitions. Fails with {@link RefusedException} if
     * there is no such consumer, if it has another projection, if its checkpoint is below {@code to}, if the log no
     * longer begins at 1, or if {@code to} is above 0 and there are several partitions. {@code progress} gets each
     * replayed offset.
     */
    public Future<Void> rewind(String consumer, long to, LongConsumer progress) {
        return Transactions.run(pool, transaction -> lock(transaction, consumer)
                .compose(offsets -> refuseForward(consumer, offsets, to))
                .compose(back -> requireBeginning(transaction))
                .compose(whole -> change(transaction, consumer, RESET))
                .compose(reset ->
                        replay(transaction, new BatchWriter<>(Instance.of(consumer), projection), to, progress)));
    }

    /**
     * Completes when checkpoint and state are deleted. A process that runs the consumer stops it with an alarm, or
     * registers it again at its next start. Fails with {@link RefusedException} if there is no such consumer, or if it
     * has another projection.
     */
    public Future<Void> remove(String consumer) {
        return Transactions.run(pool, transaction -> lock(transaction, consumer)
                .compose(offsets -> change(transaction, consumer, REMOVE)));
    }

    /** Fails with {@link RefusedException} if there is no such consumer; the message names those that there are. */
    public static Future<Void> requireRegistered(SqlClient client, String consumer) {
        return client.preparedQuery(REGISTERED).execute(Tuple.of(consumer)).compose(rows -> {
            var found = rows.iterator().next();
            return found.getBoolean("registered")
                    ? Future.succeededFuture()
                    : refuse("there is no consumer \"" + consumer + "\"; there is " + found.getString("names"));
        });
    }

    /** Completes with the consumer's offset in each partition. */
    private Future<List<Long>> lock(SqlConnection transaction, String consumer) {
        return transaction
                .query(PostgresSegmentStore.LOCK_REGISTRATION)
                .execute()
                .compose(locked -> requireRegistered(transaction, consumer))
                .compose(there -> transaction.preparedQuery(FIND).execute(Tuple.of(consumer)))
                .compose(rows -> offsets(consumer, rows));
    }

    private Future<List<Long>> offsets(String consumer, RowSet<Row> checkpoints) {
        var stored = checkpoints.iterator().next().getString("projection");
        return stored.equals(projection.name())
                ? Future.succeededFuture(checkpoints.stream()
                        .map(row -> row.getLong("last_offset"))
                        .toList())
                : refuse(consumer + "'s state is of the projection \"" + stored + "\", and this program can reset \""
                        + projection.name() + "\" only: use the program that runs " + consumer);
    }

    private static Future<Void> refuseForward(String consumer, List<Long> offsets, long to) {
        if (to > 0 && offsets.size() > 1) {
            return refuse("the log has " + offsets.size() + " partitions, and " + consumer
                    + " has an offset in each of them: it can be rewound to the beginning only");
        }
        return to <= offsets.get(0)
                ? Future.succeededFuture()
                : refuse(consumer + " is at offset " + offsets.get(0) + ", before " + to);
    }

    private static Future<Void> requireBeginning(SqlConnection transaction) {
        return transaction.query(BEGINNING).execute().compose(rows -> {
            long first = rows.iterator().next().getLong(0);
            return first == 1
                    ? Future.succeededFuture()
                    : refuse("retention has deleted the log before offset " + first
                            + ", and a state can only be built again from offset 1");
        });
    }

    private Future<Void> change(SqlConnection transaction, String consumer, String sql) {
        return transaction
                .query(NO_TIME_LIMIT)
                .execute()
                .compose(unlimited -> transaction.preparedQuery(sql).execute(Tuple.of(consumer)))
                .compose(changed -> transaction.preparedQuery(ACCEPT).execute(Tuple.of(consumer)))
                .compose(accepted -> projection.reset(consumer, transaction).mapEmpty());
    }

    private Future<Void> replay(SqlConnection transaction, BatchWriter<?> writer, long to, LongConsumer progress) {
        var offset = new AtomicLong();
        return Repeat.whileTrue(() -> offset.get() == to
                ? Future.succeededFuture(false)
                : replay(transaction, writer, offset.get(), to).map(reached -> {
                    offset.set(reached);
                    progress.accept(reached);
                    return true;
                }));
    }

    /** Completes with the last replayed offset. */
    private Future<Long> replay(SqlConnection transaction, BatchWriter<?> writer, long from, long to) {
        return Portion.read(archive, from, to, SEGMENTS_PER_READ).compose(found -> {
            if (found.records().isEmpty()) {
                return refuse("log_segments does not hold offset " + (from + 1));
            }
            long reached = from + found.records().size();
            var batch = new Batch(from, reached, StreamId.BEGINNING, found.segments(), found.records(), 0, 0);
            return writer.write(batch, transaction).map(reached);
        });
    }

    private static <T> Future<T> refuse(String why) {
        return Future.failedFuture(new RefusedException(why));
    }
}
