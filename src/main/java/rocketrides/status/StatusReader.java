package rocketrides.status;

import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import rocketrides.config.Settings;

/**
 * Reads the {@link Status}, audit included. One statement is one snapshot, so its numbers belong together; it changes
 * nothing. It adds up only what the {@link Auditor} has not added up before, and what is staged, so its cost grows with
 * the staged backlog, but not with the other tables.
 */
public final class StatusReader {
    // One row for each consumer, or a single one without a consumer; the rest is the same in all of them. A consumer
    // should have counted every ride but those that are staged, those sealed past its checkpoint, and those that had
    // been deleted from the log before it came. What another projection than the shipped one computes is not known
    // here.
    private static final String READ = """
            SELECT r.rides AS count, r.distance + 0.000 AS total_distance, s.records AS staged, h.next_offset - 1 AS head,
                   l.published, clock_timestamp() AS checked_at, s.since AS staged_at,
                   (SELECT sealed_at FROM log_segments WHERE first_offset > l.published
                     ORDER BY first_offset LIMIT 1) AS unpublished_at,
                   CASE WHEN c.last_offset < h.next_offset - 1 THEN
                     (SELECT sealed_at FROM log_segments WHERE first_offset <= c.last_offset + 1
                       ORDER BY first_offset DESC LIMIT 1) END AS behind_at,
                   c.name, c.last_offset, coalesce(t.rides, 0) AS consumer_rides,
                   coalesce(t.total_distance, 0.000) AS consumer_distance,
                   c.duplicates_skipped, c.gaps_healed, c.simulated_crashes, c.rejected,
                   CASE WHEN a.judged THEN r.rides - w.rides - p.rides
                     - coalesce(t.rides, 0) - coalesce(c.missed_rides, 0) ELSE 0 END AS unaccounted_rides,
                   CASE WHEN a.judged THEN r.distance - w.distance - p.distance
                     - coalesce(t.total_distance, 0.000) - coalesce(c.missed_distance, 0) ELSE 0 END AS unaccounted_distance
              FROM rides_total() r
             CROSS JOIN staged_total() w
             CROSS JOIN staged_backlog($1) s
             CROSS JOIN log_head h
             CROSS JOIN log_cursor l
              LEFT JOIN checkpoints c ON true
             CROSS JOIN LATERAL (SELECT coalesce(c.projection, 'total_distance') = 'total_distance' AS judged) a
              LEFT JOIN total_distances t ON t.consumer = c.name AND a.judged
             CROSS JOIN LATERAL log_total(coalesce(c.last_offset, 0)) p
             ORDER BY c.name""";

    private static final long REDIS_TIMEOUT_SECONDS = 1;
    private static final long TIMEOUT_SECONDS = 10;

    private final Pool pool;
    private final Settings.Log log;
    private final Supplier<Future<Long>> streamEntries;

    /** {@code streamEntries}: how many entries the stream has; may fail or hang, which the status survives. */
    public StatusReader(Pool pool, Settings.Log log, Supplier<Future<Long>> streamEntries) {
        this.pool = pool;
        this.log = log;
        this.streamEntries = streamEntries;
    }

    /** Fails when Postgres does. */
    public Future<Status> read() {
        return entries().compose(entries -> pool.preparedQuery(READ)
                .execute(Tuple.of(Status.MOST_STAGED))
                .timeout(TIMEOUT_SECONDS, TimeUnit.SECONDS)
                .map(rows -> status(rows, entries)));
    }

    private Future<Long> entries() {
        return Future.succeededFuture()
                .compose(ignored -> streamEntries.get())
                .timeout(REDIS_TIMEOUT_SECONDS, TimeUnit.SECONDS)
                .otherwiseEmpty();
    }

    private Status status(RowSet<Row> rows, Long entries) {
        var first = rows.iterator().next();
        var head = first.getLong("head");
        var unaccounted = new ArrayList<Status.Rides>();
        var consumers = new ArrayList<Status.Consumer>();
        for (var row : rows) {
            var here = new Status.Rides(row.getLong("unaccounted_rides"), metres(row, "unaccounted_distance"));
            unaccounted.add(here);
            if (row.getString("name") != null) {
                consumers.add(consumer(row, head, here));
            }
        }
        return new Status(
                new Status.Rides(first.getLong("count"), first.getBigDecimal("total_distance")),
                first.getLong("staged"),
                age(first, "staged_at"),
                new Status.Log(
                        head,
                        first.getLong("published"),
                        age(first, "unpublished_at"),
                        log.stream(),
                        entries,
                        log.delivery().toString()),
                Status.Audit.of(
                        unaccounted, first.getOffsetDateTime("checked_at").toInstant()),
                consumers);
    }

    private static Status.Consumer consumer(Row row, long head, Status.Rides unaccounted) {
        var offset = row.getLong("last_offset");
        return new Status.Consumer(
                row.getString("name"),
                offset,
                head - offset,
                age(row, "behind_at"),
                row.getLong("consumer_rides"),
                row.getBigDecimal("consumer_distance"),
                row.getLong("duplicates_skipped"),
                row.getLong("gaps_healed"),
                row.getLong("simulated_crashes"),
                row.getLong("rejected"),
                unaccounted);
    }

    /** At the time of the snapshot; zero if the column is null. */
    private static Duration age(Row row, String column) {
        var at = row.getOffsetDateTime(column);
        var age = at == null ? Duration.ZERO : Duration.between(at, row.getOffsetDateTime("checked_at"));
        return age.isNegative() ? Duration.ZERO : age;
    }

    /** At least three decimals; more only if there are more, which would be a fault that must not be rounded away. */
    private static BigDecimal metres(Row row, String column) {
        var value = row.getBigDecimal(column);
        return value.setScale(Math.max(3, value.stripTrailingZeros().scale()));
    }
}
