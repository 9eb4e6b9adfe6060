package rocketrides.operations;

import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import rocketrides.status.Status;

/**
 * Where the log and its consumers stand: cheap enough to be asked every few seconds, because it does not count rides.
 *
 * @param staged {@link Status#MOST_STAGED} means that or more
 * @param beginning the first offset that is still in the archive
 * @param oldestStaged the age of the oldest staged record; empty when there is none
 * @param oldestSegment empty when there is no segment
 */
record Position(
        long staged,
        Optional<Duration> oldestStaged,
        long head,
        long published,
        long beginning,
        Optional<OldestSegment> oldestSegment,
        List<Consumer> consumers) {

    record OldestSegment(long lastOffset, Duration age) {}

    /** @param oldestUnapplied since when the first record that it has not applied is sealed, or staged; empty if none is */
    record Consumer(
            String name,
            long offset,
            Optional<Duration> oldestUnapplied,
            long duplicates,
            long gapsHealed,
            long crashes,
            long rejected) {}

    private static final String READ = """
            SELECT now() AS now, h.next_offset - 1 AS head, l.published, coalesce(o.first_offset, h.next_offset) AS beginning,
                   o.last_offset AS oldest_last, o.sealed_at,
                   s.records AS staged, s.since AS staged_at, coalesce(u.sealed_at, s.since) AS unapplied_since,
                   c.name, c.last_offset, c.duplicates_skipped, c.gaps_healed, c.simulated_crashes, c.rejected
              FROM log_head h
             CROSS JOIN log_cursor l
             CROSS JOIN staged_backlog($1) s
              LEFT JOIN (SELECT first_offset, last_offset, sealed_at
                           FROM log_segments ORDER BY first_offset LIMIT 1) o ON true
              LEFT JOIN checkpoints c ON true
              LEFT JOIN LATERAL (
                SELECT sealed_at FROM log_segments
                 WHERE first_offset >= coalesce((SELECT max(first_offset) FROM log_segments
                                                  WHERE first_offset <= c.last_offset + 1), 0)
                   AND last_offset > c.last_offset
                 ORDER BY first_offset LIMIT 1) u ON true
             ORDER BY c.name""";

    static Future<Position> read(Pool pool) {
        return pool.preparedQuery(READ).execute(Tuple.of(Status.MOST_STAGED)).map(Position::of);
    }

    private static Position of(RowSet<Row> rows) {
        var first = rows.iterator().next();
        var consumers = new ArrayList<Consumer>();
        var now = first.getOffsetDateTime("now");
        for (var row : rows) {
            if (row.getString("name") != null) {
                consumers.add(new Consumer(
                        row.getString("name"),
                        row.getLong("last_offset"),
                        age(row, "unapplied_since", now),
                        row.getLong("duplicates_skipped"),
                        row.getLong("gaps_healed"),
                        row.getLong("simulated_crashes"),
                        row.getLong("rejected")));
            }
        }
        return new Position(
                first.getLong("staged"),
                age(first, "staged_at", now),
                first.getLong("head"),
                first.getLong("published"),
                first.getLong("beginning"),
                age(first, "sealed_at", now).map(age -> new OldestSegment(first.getLong("oldest_last"), age)),
                consumers);
    }

    private static Optional<Duration> age(Row row, String since, OffsetDateTime now) {
        return Optional.ofNullable(row.getOffsetDateTime(since)).map(at -> Duration.between(at, now));
    }

    /** The consumers without which the oldest segment would have been deleted {@code slack} ago. */
    List<Consumer> holdingRetentionBack(Duration retention, Duration slack) {
        return oldestSegment
                .filter(oldest -> oldest.age.compareTo(retention.plus(slack)) > 0)
                .map(oldest -> consumers.stream()
                        .filter(consumer -> consumer.offset < oldest.lastOffset)
                        .toList())
                .orElse(List.of());
    }
}
