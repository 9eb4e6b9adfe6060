package rocketrides.consumer;

import io.vertx.core.Future;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Tuple;
import java.util.Optional;
import rocketrides.log.UnusableLogException;

/** Checkpoints in Postgres, beside the consumers' own state. A save is a single statement, whatever it changes. */
public final class PostgresCheckpoints<E> implements Checkpoints<E> {

    /** Taken by retention too (see {@code PostgresSegmentStore}): it must not delete what a new consumer starts from. */
    static final String LOCK_REGISTRATION = "SELECT pg_advisory_xact_lock(7001)";

    // What retention has deleted before is noted as missed, so that the audit can tell it from what was lost. Only then
    // is the log added up, which takes longer than applying it: OFFSET 0 makes the condition come before the functions.
    private static final String REGISTER = """
            INSERT INTO checkpoints (name, projection, last_offset, missed_rides, missed_distance)
            SELECT $1, $2, b.last_offset, coalesce(missed.rides, 0), coalesce(missed.distance, 0)
              FROM (SELECT coalesce((SELECT min(first_offset) FROM log_segments),
                                    (SELECT next_offset FROM log_head WHERE one)) - 1 AS last_offset) b
              LEFT JOIN LATERAL (
                SELECT r.rides - s.rides - l.rides AS rides, r.distance - s.distance - l.distance AS distance
                  FROM rides_total() r CROSS JOIN staged_total() s CROSS JOIN log_total(b.last_offset) l
                 WHERE b.last_offset > 0 OFFSET 0) missed ON true
            ON CONFLICT DO NOTHING""";

    private static final String LOAD = """
            SELECT c.last_offset, c.last_redis_id, h.next_offset - 1 AS head, c.rewinds, c.projection
              FROM log_head h LEFT JOIN checkpoints c ON c.name = $1 WHERE h.one""";

    private static final String COUNT_CRASH =
            "UPDATE checkpoints SET simulated_crashes = simulated_crashes + 1 WHERE name = $1";

    private final Pool pool;
    private final String name;
    private final Projection<E> projection;

    public PostgresCheckpoints(Pool pool, String name, Projection<E> projection) {
        this.pool = pool;
        this.name = name;
        this.projection = projection;
    }

    @Override
    public Future<Void> register() {
        return pool.withTransaction(transaction -> transaction
                .query(LOCK_REGISTRATION)
                .execute()
                .compose(locked -> transaction.preparedQuery(REGISTER).execute(Tuple.of(name, projection.name())))
                .mapEmpty());
    }

    @Override
    public Future<Optional<Checkpoint>> load() {
        return pool.preparedQuery(LOAD).execute(Tuple.of(name)).map(rows -> {
            var row = rows.iterator().next();
            return Optional.ofNullable(row.getString("projection")).map(stored -> {
                requireOurs(stored);
                return new Checkpoint(
                        row.getLong("last_offset"),
                        row.getString("last_redis_id"),
                        row.getLong("head"),
                        row.getLong("rewinds"));
            });
        });
    }

    private void requireOurs(String stored) {
        if (!stored.equals(projection.name())) {
            throw new UnusableLogException(name + " stopped: its checkpoint is of the projection \"" + stored
                    + "\", and this program runs it with \"" + projection.name()
                    + "\", whose state would lack what came before");
        }
    }

    @Override
    public Future<Saved> save(Batch<E> batch) {
        var statement = new SaveStatement(name, batch);
        if (!batch.events().isEmpty()) {
            projection.apply(batch.events(), statement.changes());
        }
        return pool.preparedQuery(statement.sql())
                .execute(statement.parameters())
                .map(rows ->
                        new Saved(Saved.Outcome.DONE, rows.iterator().next().getString(0)))
                .recover(PostgresCheckpoints::refused);
    }

    private static Future<Saved> refused(Throwable t) {
        var state = t instanceof PgException e ? e.getSqlState() : null;
        if (SaveStatement.MOVED.equals(state)) {
            return Future.succeededFuture(new Saved(Saved.Outcome.MOVED, null));
        }
        if (SaveStatement.OTHER_HISTORY.equals(state)) {
            return Future.succeededFuture(new Saved(Saved.Outcome.OTHER_HISTORY, null));
        }
        return Future.failedFuture(t);
    }

    @Override
    public Future<Void> countCrash() {
        return pool.preparedQuery(COUNT_CRASH).execute(Tuple.of(name)).mapEmpty();
    }
}
