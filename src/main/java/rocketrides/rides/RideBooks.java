package rocketrides.rides;

import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlConnection;
import java.util.List;
import java.util.stream.Stream;
import rocketrides.status.Books;
import rocketrides.status.FullAudit;

/**
 * The books of the shipped application. The truth is the rides table. Each consumer should have counted every ride,
 * except those that are staged, those sealed after its checkpoint, and those that retention had deleted before it was
 * registered. Only consumers of the projection {@code total_distance} are audited, because the totals of others are
 * unknown here.
 */
public final class RideBooks implements Books {
    // Without a consumer, the log itself is compared with the rides, as long as retention has not deleted its
    // beginning. Postgres evaluates these conditions before the function, which adds up the whole log, because they are
    // the same for every partition.
    private static final String SELECT = """
            WITH truth AS MATERIALIZED (
              SELECT r.rides, r.distance + 0.000 AS distance, r.rides - s.rides AS sealed, r.distance - s.distance AS metres
                FROM rides_total() r CROSS JOIN staged_total() s
            )
            SELECT NULL AS consumer, t.rides, t.distance AS total_distance,
                   coalesce(t.sealed - p.rides, 0) AS unaccounted_rides,
                   coalesce(t.metres - p.distance, 0) AS unaccounted_total_distance
              FROM truth t
              LEFT JOIN LATERAL (
                SELECT sum(l.rides) AS rides, sum(l.distance) AS distance
                  FROM log_head h CROSS JOIN LATERAL log_total(h.partition, 0) l
                 WHERE NOT EXISTS (SELECT FROM checkpoints)
                   AND NOT EXISTS (SELECT FROM log_head b WHERE 1 < coalesce(
                     (SELECT min(first_offset) FROM log_segments s WHERE s.partition = b.partition), b.next_offset))) p ON true
             UNION ALL
            SELECT p.name, coalesce(d.rides, 0), coalesce(d.total_distance, 0),
                   t.sealed - p.rides - coalesce(d.rides + d.missed_rides, 0),
                   t.metres - p.distance - coalesce(d.total_distance + d.missed_distance, 0)
              FROM truth t CROSS JOIN (
                SELECT c.name, sum(l.rides) AS rides, sum(l.distance) AS distance
                  FROM checkpoints c CROSS JOIN LATERAL log_total(c.partition, c.last_offset) l
                 WHERE c.projection = 'total_distance' GROUP BY c.name) p
              LEFT JOIN (
                SELECT consumer, sum(rides) AS rides, sum(total_distance) AS total_distance,
                       sum(missed_rides) AS missed_rides, sum(missed_distance) AS missed_distance
                  FROM total_distances GROUP BY consumer) d ON d.consumer = p.name""";

    // Retention may have deleted the records of a ride. Then only the other direction can be checked.
    private static final String CHECK_RIDES = """
            WITH logged AS (
              SELECT (data ->> 'id')::numeric AS id, (data ->> 'distance')::numeric AS distance
                FROM (SELECT action, object, data FROM log_records
                      UNION ALL SELECT action, object, data FROM staged_log_records) r
               WHERE action = 'create' AND object = 'ride' AND jsonb_typeof(data -> 'id') = 'number'
                 AND jsonb_typeof(data -> 'distance') = 'number'
            ), found AS (
              SELECT count(r.id) FILTER (WHERE l.id IS NULL) AS unlogged,
                     count(l.id) FILTER (WHERE r.id IS NULL) AS unbooked,
                     count(*) FILTER (WHERE r.distance <> l.distance) AS different,
                     count(l.id) - count(DISTINCT l.id) AS repeated,
                     coalesce((SELECT max(first) FROM (SELECT min(first_offset) AS first FROM log_segments
                                                        GROUP BY partition) b), 1) = 1 AS whole
                FROM rides r FULL JOIN logged l ON l.id = r.id
            )
            SELECT 'rides' AS name, (unlogged = 0 OR NOT whole) AND unbooked + different + repeated = 0 AS ok,
                   format('%s not in the log%s, %s in the log only, %s with another distance, %s in it again', unlogged,
                          CASE WHEN whole THEN '' ELSE ' (retention has deleted its beginning)' END,
                          unbooked, different, repeated) AS detail
              FROM found""";

    // What a consumer has counted plus what it has still to read must be all rides, whatever retention has deleted.
    private static final String CHECK_CONSUMERS = """
            WITH booked AS (SELECT count(*) AS n, coalesce(sum(distance), 0) AS m FROM rides),
            records AS (
              SELECT partition, at, CASE WHEN jsonb_typeof(data -> 'distance') = 'number'
                                         THEN (data ->> 'distance')::numeric END AS distance
                FROM (SELECT partition, "offset" AS at, action, object, data FROM log_records
                      UNION ALL SELECT partition, NULL, action, object, data FROM staged_log_records) r
               WHERE action = 'create' AND object = 'ride'
            ), place AS (
              SELECT name, projection, string_agg(last_offset::text, ', ' ORDER BY partition) AS offsets
                FROM checkpoints GROUP BY name, projection
            ), state AS (
              SELECT consumer, sum(rides) AS rides, sum(total_distance) AS total_distance,
                     sum(missed_rides) AS missed_rides, sum(missed_distance) AS missed_distance
                FROM total_distances GROUP BY consumer
            )
            SELECT c.name, coalesce(t.rides + t.missed_rides, 0) + w.n = b.n
                     AND coalesce(t.total_distance + t.missed_distance, 0) + w.m = b.m AS ok,
                   format('%s rides, %s m at offset %s, and %s rides, %s m to come; the rides table has %s, %s m%s',
                          coalesce(t.rides, 0), coalesce(t.total_distance, 0), c.offsets, w.n, w.m, b.n, b.m,
                          CASE WHEN t.missed_rides > 0 THEN format(', of which %s, %s m were before its time',
                               t.missed_rides, t.missed_distance) ELSE '' END) AS detail
              FROM place c
              LEFT JOIN state t ON t.consumer = c.name
             CROSS JOIN booked b
             CROSS JOIN LATERAL (SELECT count(*) AS n, coalesce(sum(distance), 0) AS m FROM records r
                                   JOIN checkpoints k ON k.name = c.name AND k.partition = r.partition
                                  WHERE distance > 0 AND (at IS NULL OR at > k.last_offset)) w
             WHERE c.projection = 'total_distance'
             UNION ALL
            SELECT c.name, true, format('at offset %s; the state of its projection, %s, is not checked', c.offsets,
                                        c.projection)
              FROM place c WHERE c.projection <> 'total_distance'
             ORDER BY name""";

    /** Large enough for few blocks, small enough to be recounted in some milliseconds. */
    private static final int RIDE_BLOCK = 50_000;

    private static final SumsStore.LogBlock LOG_BLOCK = new SumsStore.LogBlock(5_000, 16 << 20);

    private final SumsStore sums;

    public RideBooks() {
        this(new SumsStore(RIDE_BLOCK, LOG_BLOCK));
    }

    RideBooks(SumsStore sums) {
        this.sums = sums;
    }

    @Override
    public List<Quantity> quantities() {
        return List.of(new Quantity("rides", ""), new Quantity("total_distance", "m"));
    }

    @Override
    public String select() {
        return SELECT;
    }

    @Override
    public Future<?> tend(Pool pool) {
        return sums.tend(pool);
    }

    @Override
    public Future<List<Finding>> check(SqlConnection snapshot) {
        return FullAudit.findings(snapshot, CHECK_RIDES).compose(rides -> FullAudit.findings(snapshot, CHECK_CONSUMERS)
                .map(consumers ->
                        Stream.concat(rides.stream(), consumers.stream()).toList()));
    }
}
