package rocketrides.rides;

import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Tuple;
import java.util.Collections;
import java.util.Set;
import rocketrides.log.TableWriters;
import rocketrides.runtime.Repeat;

/**
 * Stores sums of blocks of rides and of log records. A block has a number of rows, however far apart their ids are.
 * Each statement is correct on its own, for any number of auditors at once. If the process dies between two of them,
 * the sums are still correct, but cover less. Use it on one context only.
 */
final class SumsStore {
    // A sequence that was set back assigns the ids of these blocks again, so the blocks are no longer complete.
    private static final String DROP_RIDES = """
            DELETE FROM ride_sums
             WHERE upto_id > (SELECT CASE WHEN is_called THEN last_value ELSE last_value - 1 END FROM rides_id_seq)""";

    private static final String HIGHEST_ID = """
            SELECT s.highest, s.highest - b.upto_id >= $1 AND EXISTS (
                     SELECT FROM rides r WHERE r.id > b.upto_id ORDER BY r.id OFFSET $1 - 1) AS fills_a_block
              FROM (SELECT CASE WHEN is_called THEN last_value ELSE last_value - 1 END AS highest FROM rides_id_seq) s,
                   (SELECT coalesce(max(upto_id), 0) AS upto_id FROM ride_sums) b""";

    // If another process adds the same block at the same time, that block begins after the same id.
    private static final String ADD_RIDES = """
            INSERT INTO ride_sums (after_id, upto_id, rides, distance)
            SELECT b.after_id, max(r.id), count(*), sum(r.distance)
              FROM (SELECT coalesce(max(upto_id), 0) AS after_id FROM ride_sums) b
             CROSS JOIN LATERAL (SELECT id, distance FROM rides WHERE id > b.after_id AND id <= $2
                                  ORDER BY id LIMIT $1) r
             GROUP BY b.after_id
            HAVING count(*) = $1
            ON CONFLICT DO NOTHING""";

    // The head never decreases by itself. If somebody has set it back, these offsets are assigned again.
    private static final String DROP_RECORDS = """
            DELETE FROM log_sums l USING log_head h
             WHERE l.partition = h.partition AND l.last_offset >= h.next_offset
               AND l.first_offset >= coalesce((SELECT max(first_offset) FROM log_sums b
                                                WHERE b.partition = h.partition AND b.first_offset < h.next_offset), 0)""";

    // In each partition, from the first segment that is in no block, up to one that is too far away or would make the
    // block too large.
    private static final String ADD_RECORDS = """
            INSERT INTO log_sums (partition, first_offset, last_offset, rides, distance)
            SELECT h.partition, n.* FROM log_head h CROSS JOIN LATERAL (
              WITH found AS (
                SELECT s.first_offset, s.first_offset >= b.first_offset + $1 OR (
                         s.first_offset > b.first_offset
                         AND sum(octet_length(s.records)) OVER (ORDER BY s.first_offset) > $2) AS beyond
                  FROM (SELECT min(first_offset) AS first_offset FROM log_segments
                         WHERE partition = h.partition
                           AND first_offset > (SELECT coalesce(max(last_offset), 0) FROM log_sums
                                                WHERE partition = h.partition)) b
                  JOIN log_segments s ON s.partition = h.partition AND s.first_offset >= b.first_offset
                   AND s.first_offset <= coalesce((SELECT min(first_offset) FROM log_segments
                                                    WHERE partition = h.partition
                                                      AND first_offset >= b.first_offset + $1), 9223372036854775807)
              )
              SELECT min(s.first_offset), max(s.last_offset), sum(r.rides), sum(r.distance)
                FROM (SELECT min(first_offset) AS first_offset, min(first_offset) FILTER (WHERE beyond) AS next
                        FROM found) b
                JOIN log_segments s
                  ON s.partition = h.partition AND s.first_offset >= b.first_offset AND s.first_offset < b.next
               CROSS JOIN LATERAL records_total(s.records, 0) r
              HAVING count(*) > 0) n
            ON CONFLICT DO NOTHING""";

    private static final String RECOUNT_RIDES = """
            UPDATE ride_sums b SET rides = a.rides, distance = a.distance, counted_at = clock_timestamp()
              FROM (SELECT o.after_id, count(r.id) AS rides, coalesce(sum(r.distance), 0) AS distance
                      FROM (SELECT after_id, upto_id FROM ride_sums ORDER BY counted_at LIMIT 1) o
                      LEFT JOIN rides r ON r.id > o.after_id AND r.id <= o.upto_id
                     GROUP BY o.after_id) a
             WHERE b.after_id = a.after_id""";

    // Only records that a consumer has still to read, because retention does not delete those.
    private static final String RECOUNT_RECORDS = """
            UPDATE log_sums b SET rides = a.rides, distance = a.distance, counted_at = clock_timestamp()
              FROM (SELECT o.partition, o.first_offset,
                           coalesce(sum(r.rides), 0) AS rides, coalesce(sum(r.distance), 0) AS distance
                      FROM (SELECT l.* FROM log_head h CROSS JOIN LATERAL (
                              SELECT partition, first_offset, last_offset, counted_at FROM log_sums
                               WHERE partition = h.partition
                                 AND first_offset > (SELECT coalesce(min(last_offset), 0) FROM checkpoints
                                                      WHERE partition = h.partition)
                               ORDER BY counted_at LIMIT 1) l
                             ORDER BY l.counted_at LIMIT 1) o
                      LEFT JOIN log_segments s ON s.partition = o.partition
                       AND s.first_offset >= o.first_offset AND s.first_offset <= o.last_offset
                      LEFT JOIN LATERAL records_total(s.records, 0) r ON true
                     GROUP BY o.partition, o.first_offset) a
             WHERE b.partition = a.partition AND b.first_offset = a.first_offset""";

    /** The highest assigned id, and the transactions that may still write a ride with an id up to it. */
    private record Sample(Pool pool, long highest, Set<String> writers) {}

    private final long rideBlock;
    private final LogBlock logBlock;
    private Sample sampled;

    /**
     * The end of a block of the log: with the segment that brings it to {@code records} records, or before the segment
     * that would bring it above {@code bytes} bytes.
     */
    record LogBlock(long records, long bytes) {}

    /** {@code rideBlock}: the number of rides in a block. */
    SumsStore(long rideBlock, LogBlock logBlock) {
        this.rideBlock = rideBlock;
        this.logBlock = logBlock;
    }

    /**
     * Adds complete blocks, and recounts the block of rides and the block of unread records that have not been counted
     * for the longest time. So a pass costs the same however many rides there are. A change of past rides is found
     * within as many passes as there are blocks.
     */
    Future<Void> tend(Pool pool) {
        return addRides(pool)
                .compose(rides -> pool.query(DROP_RECORDS).execute())
                // complete blocks of the log: segments commit in the order of their offsets
                .compose(dropped -> addAll(pool, ADD_RECORDS, Tuple.of(logBlock.records(), logBlock.bytes())))
                .compose(records -> pool.query(RECOUNT_RIDES).execute())
                .compose(rides -> pool.query(RECOUNT_RECORDS).execute())
                .mapEmpty();
    }

    /**
     * Adds the complete blocks of rides. The order is: read the highest assigned id; list the transactions that may be
     * writing; once all of these have ended, add the blocks up to that id. Until then nothing is added, and the next
     * call checks again.
     */
    private Future<Void> addRides(Pool pool) {
        return pool.query(DROP_RIDES)
                .execute()
                .compose(dropped -> sample(pool))
                .compose(sample -> sample == null ? Future.succeededFuture() : addUpTo(pool, sample));
    }

    /** A new sample, or that of an earlier call; null if there are too few rides for a block. */
    private Future<Sample> sample(Pool pool) {
        return pool.preparedQuery(HIGHEST_ID).execute(Tuple.of(rideBlock)).compose(rows -> {
            var row = rows.iterator().next();
            long highest = row.getLong("highest");
            if (sampled != null && (highest < sampled.highest() || sampled.pool() != pool)) {
                sampled = null;
            }
            return sampled != null || !row.getBoolean("fills_a_block")
                    ? Future.succeededFuture(sampled)
                    : TableWriters.of(pool, "rides").map(writers -> sampled = new Sample(pool, highest, writers));
        });
    }

    private Future<Void> addUpTo(Pool pool, Sample sample) {
        return TableWriters.of(pool, "rides")
                .compose(now -> Collections.disjoint(now, sample.writers())
                        ? addAll(pool, ADD_RIDES, Tuple.of(rideBlock, sample.highest()))
                                .onSuccess(added -> sampled = null)
                        : Future.succeededFuture());
    }

    /** Adds one block after another, until the statement adds none. */
    private static Future<Void> addAll(Pool pool, String statement, Tuple values) {
        return Repeat.whileTrue(
                () -> pool.preparedQuery(statement).execute(values).map(added -> added.rowCount() > 0));
    }
}
