package rocketrides.status;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Keeps the blocks of rides and of records that have been added up. Each method is one or a few statements that are
 * right on their own, for any number of auditors at once.
 */
final class SumsStore {
    private static final int ATTEMPTS = 20;
    private static final long PAUSE_MILLIS = 10;

    private static final String HIGHEST_ID = """
            SELECT CASE WHEN is_called THEN last_value ELSE last_value - 1 END AS highest,
                   coalesce((SELECT max(upto_id) FROM ride_sums), 0) AS upto_id FROM rides_id_seq""";

    private static final String WRITERS = """
            SELECT DISTINCT virtualtransaction FROM pg_locks
             WHERE locktype = 'relation' AND relation = 'rides'::regclass AND mode = 'RowExclusiveLock'
               AND database = (SELECT oid FROM pg_database WHERE datname = current_database())""";

    // Whoever adds the same block at the same time begins it after the same id.
    private static final String ADD_RIDES = """
            INSERT INTO ride_sums (after_id, upto_id, rides, distance)
            SELECT b.after_id, b.after_id + $1, count(r.id), coalesce(sum(r.distance), 0)
              FROM (SELECT coalesce(max(upto_id), 0) AS after_id FROM ride_sums) b
              LEFT JOIN rides r ON r.id > b.after_id AND r.id <= b.after_id + $1
             WHERE b.after_id + $1 <= $2
             GROUP BY b.after_id
            ON CONFLICT DO NOTHING""";

    private static final String ADD_RECORDS = """
            INSERT INTO log_sums (first_offset, last_offset, rides, distance)
            SELECT min(s.first_offset), max(s.last_offset), sum(r.rides), sum(r.distance)
              FROM (SELECT min(first_offset) AS first_offset FROM log_segments
                     WHERE first_offset > (SELECT coalesce(max(last_offset), 0) FROM log_sums)) b
              JOIN log_segments s ON s.first_offset >= b.first_offset AND s.first_offset < b.first_offset + $1
             CROSS JOIN LATERAL records_total(s.records, 0) r
             WHERE EXISTS (SELECT FROM log_segments WHERE first_offset >= b.first_offset + $1)
            HAVING count(*) > 0
            ON CONFLICT DO NOTHING""";

    private static final String RECOUNT_RIDES = """
            UPDATE ride_sums b SET rides = a.rides, distance = a.distance, counted_at = clock_timestamp()
              FROM (SELECT o.after_id, count(r.id) AS rides, coalesce(sum(r.distance), 0) AS distance
                      FROM (SELECT after_id, upto_id FROM ride_sums ORDER BY counted_at LIMIT 1) o
                      LEFT JOIN rides r ON r.id > o.after_id AND r.id <= o.upto_id
                     GROUP BY o.after_id) a
             WHERE b.after_id = a.after_id""";

    // Only what somebody has still to read: retention deletes nothing of that.
    private static final String RECOUNT_RECORDS = """
            UPDATE log_sums b SET rides = a.rides, distance = a.distance, counted_at = clock_timestamp()
              FROM (SELECT o.first_offset, coalesce(sum(r.rides), 0) AS rides, coalesce(sum(r.distance), 0) AS distance
                      FROM (SELECT first_offset, last_offset FROM log_sums
                             WHERE first_offset > (SELECT coalesce(min(last_offset), 0) FROM checkpoints)
                             ORDER BY counted_at LIMIT 1) o
                      LEFT JOIN log_segments s ON s.first_offset >= o.first_offset AND s.first_offset <= o.last_offset
                      LEFT JOIN LATERAL records_total(s.records, 0) r ON true
                     GROUP BY o.first_offset) a
             WHERE b.first_offset = a.first_offset""";

    private final Vertx vertx;
    private final Pool pool;
    private final long rideBlock;
    private final long logBlock;

    /**
     * @param rideBlock ids in a block of rides; some of them belong to rides that were rolled back
     * @param logBlock records in a block of the log, at least: it ends where a segment does
     */
    SumsStore(Vertx vertx, Pool pool, long rideBlock, long logBlock) {
        this.vertx = vertx;
        this.pool = pool;
        this.rideBlock = rideBlock;
        this.logBlock = logBlock;
    }

    /**
     * Adds the blocks of rides that are complete. In this order, on one connection: the highest id given out; who may be
     * writing; and, once none of those is left, the blocks up to that id. A writer that stays for long ends the attempt.
     */
    Future<Void> addRides() {
        return pool.withConnection(
                session -> session.query(HIGHEST_ID).execute().compose(rows -> {
                    var row = rows.iterator().next();
                    long highest = row.getLong("highest");
                    return highest - row.getLong("upto_id") < rideBlock
                            ? Future.succeededFuture()
                            : writers(session)
                                    .compose(before -> untilGone(session, before, ATTEMPTS))
                                    .compose(gone -> gone ? addBlocks(session, highest) : Future.succeededFuture());
                }));
    }

    private Future<Boolean> untilGone(SqlConnection session, Set<String> before, int attempts) {
        return writers(session).compose(now -> {
            now.retainAll(before);
            if (now.isEmpty() || attempts == 0) {
                return Future.succeededFuture(now.isEmpty());
            }
            return vertx.timer(PAUSE_MILLIS, TimeUnit.MILLISECONDS)
                    .compose(waited -> untilGone(session, now, attempts - 1));
        });
    }

    private static Future<Set<String>> writers(SqlConnection session) {
        return session.query(WRITERS).execute().map(rows -> {
            Set<String> writers = new HashSet<>();
            rows.forEach(row -> writers.add(row.getString(0)));
            return writers;
        });
    }

    private Future<Void> addBlocks(SqlConnection session, long highest) {
        return session.preparedQuery(ADD_RIDES)
                .execute(Tuple.of(rideBlock, highest))
                .compose(added -> added.rowCount() > 0 ? addBlocks(session, highest) : Future.succeededFuture());
    }

    /** Adds the blocks of the log that are complete: segments commit in the order of their offsets. */
    Future<Void> addRecords() {
        return pool.preparedQuery(ADD_RECORDS)
                .execute(Tuple.of(logBlock))
                .compose(added -> added.rowCount() > 0 ? addRecords() : Future.succeededFuture());
    }

    /** Recounts the block of rides, and the block of unread records, that have not been counted for longest. */
    Future<Void> recount() {
        return pool.query(RECOUNT_RIDES)
                .execute()
                .compose(rides -> pool.query(RECOUNT_RECORDS).execute())
                .mapEmpty();
    }
}
