package rocketrides.consumer;

import io.vertx.core.Future;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Tuple;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import rocketrides.log.PostgresSegmentStore;
import rocketrides.log.UnusableLogException;

/** Checkpoints in Postgres, in the same database as the consumers' state. Use each object on one context at a time. */
public final class PostgresCheckpoints implements Checkpoints {
    private static final Logger LOG = LoggerFactory.getLogger(PostgresCheckpoints.class);

    // In all partitions at once, so that a reader who adds up a consumer's rows finds all of them.
    private static final String REGISTER = """
            INSERT INTO checkpoints (name, partition, projection, last_offset, begun)
            SELECT $1, h.partition, $2,
                   coalesce((SELECT min(first_offset) FROM log_segments s WHERE s.partition = h.partition),
                            h.next_offset) - 1,
                   NOT EXISTS (SELECT FROM partitions p WHERE p.partition = h.partition AND generation > 0)
              FROM log_head h ORDER BY h.partition
            ON CONFLICT DO NOTHING""";

    private static final String LOAD = """
            SELECT c.last_offset, c.last_redis_id, h.next_offset - 1 AS head, c.rewinds, c.projection, c.begun
              FROM log_head h LEFT JOIN checkpoints c ON c.name = $1 AND c.partition = h.partition
             WHERE h.partition = $2""";

    // If nothing is staged in the older partitions and the consumer has applied everything there, in one snapshot, that
    // remains so: nothing can be staged there any more. Only a rewind or a removal takes it back. If one commits while
    // this statement waits for the row, this snapshot does not see it; the comparison of rewinds detects that.
    static final String BEGIN = """
            UPDATE checkpoints SET begun = true
             WHERE name = $1 AND partition = $2
               AND rewinds = (SELECT c.rewinds FROM checkpoints c WHERE c.name = $1 AND c.partition = $2)
               AND NOT EXISTS (
                 SELECT FROM partitions p JOIN partitions o ON o.generation < p.generation
                   JOIN log_head h ON h.partition = o.partition
                   LEFT JOIN checkpoints c ON c.name = $1 AND c.partition = o.partition
                  WHERE p.partition = $2
                    AND (c.last_offset IS DISTINCT FROM h.next_offset - 1
                      OR EXISTS (SELECT FROM staged_log_records s WHERE s.partition = o.partition)))""";

    private static final String COUNT_CRASH =
            "UPDATE checkpoints SET simulated_crashes = simulated_crashes + 1 WHERE name = $1 AND partition = $2";

    private final Pool pool;
    private final Instance instance;
    private final Projection<?> projection;
    private final BatchWriter<?> writer;
    private final String begin;

    /** The highest offset that is known to be saved. */
    private long reached;
    /** The consumer's number of rewinds when its checkpoint was last loaded. */
    private long rewinds;

    public PostgresCheckpoints(Pool pool, Instance instance, Projection<?> projection) {
        this(pool, instance, projection, BEGIN);
    }

    PostgresCheckpoints(Pool pool, Instance instance, Projection<?> projection, String begin) {
        this.begin = begin;
        this.pool = pool;
        this.instance = instance;
        this.projection = projection;
        this.writer = new BatchWriter<>(instance, projection);
    }

    /**
     * Creates checkpoints in this pool's Postgres, one object for each instance. It remembers what it has reached also while
     * the consumer is not deployed here: an outage of Postgres ends the lease of its role.
     */
    public static BiFunction<Instance, Projection<?>, Checkpoints> in(Pool pool) {
        var all = new ConcurrentHashMap<Instance, Checkpoints>();
        return (instance, projection) ->
                all.computeIfAbsent(instance, it -> new PostgresCheckpoints(pool, it, projection));
    }

    @Override
    public Future<Void> register() {
        return Transactions.run(pool, transaction -> transaction
                .query(PostgresSegmentStore.LOCK_REGISTRATION)
                .execute()
                .compose(locked ->
                        transaction.preparedQuery(REGISTER).execute(Tuple.of(instance.consumer(), projection.name())))
                .compose(rows -> rows.rowCount() > 0
                        ? projection.register(instance.consumer(), transaction).mapEmpty()
                        : Future.succeededFuture()));
    }

    @Override
    public Future<Optional<Checkpoint>> load() {
        return stored().compose(stored -> stored.isEmpty() || stored.get().begun()
                ? Future.succeededFuture(stored)
                : pool.preparedQuery(begin)
                        .execute(place())
                        .compose(tried -> tried.rowCount() == 0 ? Future.succeededFuture(stored) : stored()));
    }

    private Future<Optional<Checkpoint>> stored() {
        return pool.preparedQuery(LOAD).execute(place()).map(rows -> {
            var row = rows.iterator().next();
            return Optional.ofNullable(row.getString("projection")).map(stored -> {
                requireOurs(stored);
                noteReached(row.getLong("last_offset"), row.getLong("rewinds"));
                return new Checkpoint(
                        row.getLong("last_offset"),
                        row.getString("last_redis_id"),
                        row.getLong("head"),
                        row.getBoolean("begun"));
            });
        });
    }

    /**
     * If the checkpoint has gone back, and not by a rewind, acknowledged writes are lost. A rewind is counted in the
     * checkpoint's row. After a restore of Postgres the count is not higher.
     */
    private void noteReached(long offset, long rewound) {
        if (offset < reached && rewound > rewinds) {
            LOG.info("{} was rewound from offset {} to {}, and goes on from there", instance.role(), reached, offset);
        } else if (offset < reached) {
            LOG.error(
                    "ALARM: the checkpoint of {} went back from {} to {}, and nobody has rewound it: Postgres was restored or"
                            + " failed over, and acknowledged writes are lost. {} goes on from {}",
                    instance.role(),
                    reached,
                    offset,
                    instance.role(),
                    offset);
        }
        reached = offset;
        rewinds = rewound;
    }

    private Tuple place() {
        return Tuple.of(instance.consumer(), (short) instance.partition());
    }

    private void requireOurs(String stored) {
        if (!stored.equals(projection.name())) {
            throw new UnusableLogException(instance.role() + " stopped: its checkpoint is of the projection \"" + stored
                    + "\", and this program runs it with \"" + projection.name()
                    + "\", whose state would lack what came before");
        }
    }

    @Override
    public Future<Saved> save(Batch batch) {
        return writer.save(batch, pool).onSuccess(saved -> reached = batch.to()).recover(PostgresCheckpoints::refused);
    }

    private static Future<Saved> refused(Throwable t) {
        return switch (t instanceof PgException e ? String.valueOf(e.getSqlState()) : "") {
            case BatchWriter.MOVED -> Future.succeededFuture(Saved.refused(Saved.Outcome.MOVED));
            case BatchWriter.OTHER_HISTORY -> Future.succeededFuture(Saved.refused(Saved.Outcome.OTHER_HISTORY));
            default -> Future.failedFuture(t);
        };
    }

    @Override
    public Future<Void> countCrash() {
        return pool.preparedQuery(COUNT_CRASH).execute(place()).mapEmpty();
    }
}
