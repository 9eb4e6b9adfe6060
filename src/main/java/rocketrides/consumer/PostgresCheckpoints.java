package rocketrides.consumer;

import io.vertx.core.Future;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.Optional;
import java.util.function.BiFunction;
import rocketrides.log.PostgresSegmentStore;
import rocketrides.log.UnusableLogException;

/** Checkpoints in Postgres, beside the consumers' own state. A save is one transaction, whatever it changes. */
public final class PostgresCheckpoints implements Checkpoints {

    private static final String REGISTER = """
            INSERT INTO checkpoints (name, projection, last_offset)
            SELECT $1, $2, coalesce((SELECT min(first_offset) FROM log_segments),
                                    (SELECT next_offset FROM log_head WHERE one)) - 1
            ON CONFLICT DO NOTHING""";

    private static final String LOAD = """
            SELECT c.last_offset, c.last_redis_id, h.next_offset - 1 AS head, c.rewinds, c.projection
              FROM log_head h LEFT JOIN checkpoints c ON c.name = $1 WHERE h.one""";

    private static final String COUNT_CRASH =
            "UPDATE checkpoints SET simulated_crashes = simulated_crashes + 1 WHERE name = $1";

    private static final String BEGIN = "BEGIN " + BatchWriter.MARK;

    private final Pool pool;
    private final String name;
    private final Projection<?> projection;
    private final BatchWriter<?> writer;

    public PostgresCheckpoints(Pool pool, String name, Projection<?> projection) {
        this.pool = pool;
        this.name = name;
        this.projection = projection;
        this.writer = new BatchWriter<>(name, projection);
    }

    /** Of consumers in the pool's Postgres, by their names. */
    public static BiFunction<String, Projection<?>, Checkpoints> in(Pool pool) {
        return (name, projection) -> new PostgresCheckpoints(pool, name, projection);
    }

    @Override
    public Future<Void> register() {
        return pool.withTransaction(transaction -> transaction
                .query(PostgresSegmentStore.LOCK_REGISTRATION)
                .execute()
                .compose(locked -> transaction.preparedQuery(REGISTER).execute(Tuple.of(name, projection.name())))
                .compose(rows -> rows.rowCount() == 1
                        ? projection.register(name, transaction).mapEmpty()
                        : Future.succeededFuture()));
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
    public Future<Saved> save(Batch batch) {
        return pool.getConnection()
                .compose(connection -> save(batch, connection).eventually(connection::close))
                .recover(PostgresCheckpoints::refused);
    }

    /** If this process dies before the commit has arrived, Postgres rolls back. Gives the connection back clean. */
    private Future<Saved> save(Batch batch, SqlConnection connection) {
        var begun = connection.query(BEGIN).execute();
        var written = writer.write(batch, connection);
        var saved = written.saved();
        var committed = projection.pipelined() && written.allSent()
                ? commit(connection)
                : saved.compose(all -> commit(connection));
        return saved.transform(answered -> committed.transform(ended -> {
            if (ended.failed()) {
                return rollback(connection)
                        .transform(over -> begun.compose(b -> saved).compose(all -> failed(ended.cause())));
            }
            return saved.failed() ? failed(notAllSent(batch, saved.cause())) : saved;
        }));
    }

    /**
     * Fails if the transaction is aborted: a COMMIT alone would be answered by a rollback that is no error. What goes
     * before it is done by COMMIT anyway, and is cheaper than a SELECT.
     */
    private static Future<?> commit(SqlConnection connection) {
        return connection.query("SET CONSTRAINTS ALL IMMEDIATE; COMMIT").execute();
    }

    /** Twice, if what was to cancel another statement comes too late for that. */
    private static Future<?> rollback(SqlConnection connection) {
        return connection.query("ROLLBACK").execute().recover(t -> connection
                .query("ROLLBACK")
                .execute());
    }

    private static Future<Saved> failed(Throwable t) {
        return Future.failedFuture(t);
    }

    private Throwable notAllSent(Batch batch, Throwable cause) {
        return new UnusableLogException(name + " stopped: its checkpoint has moved to " + batch.to()
                + ", but its projection failed after its statements were to have been sent: " + cause
                + ". Its state may lack them: rewind it when that is mended");
    }

    private static Future<Saved> refused(Throwable t) {
        return switch (t instanceof PgException e ? String.valueOf(e.getSqlState()) : "") {
            case BatchWriter.MOVED -> Future.succeededFuture(Saved.refused(Saved.Outcome.MOVED));
            case BatchWriter.OTHER_HISTORY -> Future.succeededFuture(Saved.refused(Saved.Outcome.OTHER_HISTORY));
            default -> failed(t);
        };
    }

    @Override
    public Future<Void> countCrash() {
        return pool.preparedQuery(COUNT_CRASH).execute(Tuple.of(name)).mapEmpty();
    }
}
