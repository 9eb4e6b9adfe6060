package rocketrides.operations;

import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Where the log and its consumers stand: cheap enough to be asked every few seconds, because it does not count rides.
 *
 * @param beginning the first offset that is still in the archive
 * @param oldestStaged the age of the oldest staged record, if its data say when it was made ({@code created_at}, as
 *     every ride's do); the table itself does not know
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

    record Consumer(String name, long offset, long duplicates, long gapsHealed, long crashes, long rejected) {}

    private static final String READ = """
            SELECT now() AS now, h.next_offset - 1 AS head, l.published, coalesce(o.first_offset, h.next_offset) AS beginning,
                   o.last_offset AS oldest_last, o.sealed_at,
                   (SELECT count(*) FROM staged_log_records) AS staged,
                   (SELECT s.data ->> 'created_at' FROM staged_log_records s
                     WHERE s.id > h.floor ORDER BY s.id LIMIT 1) AS staged_at,
                   c.name, c.last_offset, c.duplicates_skipped, c.gaps_healed, c.simulated_crashes, c.rejected
              FROM log_head h
             CROSS JOIN log_cursor l
              LEFT JOIN (SELECT first_offset, last_offset, sealed_at
                           FROM log_segments ORDER BY first_offset LIMIT 1) o ON true
              LEFT JOIN checkpoints c ON true
             ORDER BY c.name""";

    static Future<Position> read(Pool pool) {
        return pool.preparedQuery(READ).execute().map(Position::of);
    }

    private static Position of(RowSet<Row> rows) {
        var first = rows.iterator().next();
        var consumers = new ArrayList<Consumer>();
        for (var row : rows) {
            if (row.getString("name") != null) {
                consumers.add(new Consumer(
                        row.getString("name"),
                        row.getLong("last_offset"),
                        row.getLong("duplicates_skipped"),
                        row.getLong("gaps_healed"),
                        row.getLong("simulated_crashes"),
                        row.getLong("rejected")));
            }
        }
        var now = first.getOffsetDateTime("now");
        return new Position(
                first.getLong("staged"),
                Optional.ofNullable(first.getString("staged_at")).flatMap(at -> age(at, now)),
                first.getLong("head"),
                first.getLong("published"),
                first.getLong("beginning"),
                Optional.ofNullable(first.getOffsetDateTime("sealed_at"))
                        .map(at -> new OldestSegment(first.getLong("oldest_last"), Duration.between(at, now))),
                consumers);
    }

    private static Optional<Duration> age(String at, OffsetDateTime now) {
        try {
            return Optional.of(Duration.between(OffsetDateTime.parse(at), now));
        } catch (DateTimeParseException e) {
            return Optional.empty();
        }
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
