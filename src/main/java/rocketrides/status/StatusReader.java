package rocketrides.status;

import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import rocketrides.config.Settings;
import rocketrides.status.Books.Quantity;

/** Reads the {@link Status} with one statement, so that its numbers belong to one snapshot. Changes nothing. */
public final class StatusReader {
    // One row for each consumer, or one row without a consumer. The other columns are the same in all rows. Offsets are
    // sums over the partitions, so they count records. Times are those of the partition that is furthest behind.
    private static final String POSITIONS = """
            WITH places AS (
              SELECT h.partition, p.generation, p.open, h.next_offset - 1 AS head, l.published,
                     coalesce(o.first_offset, h.next_offset) AS beginning, o.last_offset AS oldest_offset,
                     o.sealed_at AS oldest_at,
                     (SELECT sealed_at FROM log_segments WHERE partition = h.partition AND first_offset > l.published
                       ORDER BY first_offset LIMIT 1) AS unpublished_at,
                     EXISTS (SELECT FROM staged_log_records s WHERE s.partition = h.partition) AS unsealed
                FROM log_head h
                JOIN log_cursor l USING (partition)
                JOIN partitions p USING (partition)
                LEFT JOIN LATERAL (SELECT first_offset, last_offset, sealed_at FROM log_segments
                                    WHERE partition = h.partition ORDER BY first_offset LIMIT 1) o ON true
            ), log AS (
              SELECT sum(head)::bigint AS head, sum(published)::bigint AS published,
                     (sum(beginning) - count(*) + 1)::bigint AS beginning, min(oldest_at) AS oldest_at,
                     min(unpublished_at) AS unpublished_at,
                     jsonb_agg(jsonb_build_object(
                       'number', partition, 'generation', generation, 'open', open, 'unsealed', unsealed,
                       'head', head, 'published', published, 'beginning', beginning,
                       'offsets', (SELECT coalesce(jsonb_object_agg(c.name, c.last_offset), '{}') FROM checkpoints c
                                    WHERE c.partition = places.partition)) ORDER BY partition) AS partitions
                FROM places
            ), consumers AS (
              SELECT c.name, sum(c.last_offset)::bigint AS last_offset, min(u.sealed_at) AS behind_at,
                     min(p.oldest_at) FILTER (WHERE c.last_offset < p.oldest_offset) AS holds_at,
                     sum(c.duplicates_skipped)::bigint AS duplicates_skipped, sum(c.gaps_healed)::bigint AS gaps_healed,
                     sum(c.simulated_crashes)::bigint AS simulated_crashes, sum(c.rejected)::bigint AS rejected
                FROM checkpoints c
                JOIN places p USING (partition)
                LEFT JOIN LATERAL (
                  SELECT sealed_at FROM log_segments
                   WHERE partition = c.partition
                     AND first_offset >= coalesce((SELECT max(first_offset) FROM log_segments
                                                    WHERE partition = c.partition AND first_offset <= c.last_offset + 1), 0)
                     AND last_offset > c.last_offset
                   ORDER BY first_offset LIMIT 1) u ON true
               GROUP BY c.name
            )
            SELECT l.*, clock_timestamp() AS checked_at, s.records AS staged, s.since AS staged_at, c.*
              FROM log l CROSS JOIN staged_backlog($1) s LEFT JOIN consumers c ON true
             ORDER BY c.name""";

    // Materialized, so that the books are read once, however many consumers there are.
    private static final String WITH_BOOKS = """
            WITH positions AS MATERIALIZED (POSITIONS), books AS MATERIALIZED (
            BOOKS
            )
            SELECT p.*AMOUNTS
              FROM positions p
              LEFT JOIN books t ON t.consumer IS NULL
              LEFT JOIN books b ON b.consumer = p.name
             ORDER BY p.name""";

    private static final String AMOUNTS = """
            , t."NAME"::numeric AS "true_NAME", t."unaccounted_NAME"::numeric AS "lost_NAME",
            b."NAME"::numeric AS "counted_NAME", b."unaccounted_NAME"::numeric AS "unaccounted_NAME\"""";

    private static final long REDIS_TIMEOUT_SECONDS = 1;
    private static final long TIMEOUT_SECONDS = 10;

    private final Pool pool;
    private final Settings.Log log;
    private final List<Quantity> quantities;
    private final String read;
    private final Supplier<Future<Long>> streamEntries;

    /** {@code streamEntries}: the number of entries in the stream. It may fail or hang without affecting the status. */
    public StatusReader(Pool pool, Settings.Log log, Books books, Supplier<Future<Long>> streamEntries) {
        this.pool = pool;
        this.log = log;
        this.quantities = books.quantities();
        this.read = quantities.isEmpty() ? POSITIONS : withBooks(books);
        this.streamEntries = streamEntries;
    }

    private static String withBooks(Books books) {
        var amounts = books.quantities().stream()
                .map(quantity -> AMOUNTS.replace("NAME", quantity.name()))
                .collect(Collectors.joining());
        return WITH_BOOKS
                .replace("AMOUNTS", amounts)
                .replace("POSITIONS", POSITIONS)
                .replace("BOOKS", books.select());
    }

    /** Includes the books, if there are any. Fails if Postgres fails, or does not answer within some seconds. */
    public Future<Status> read() {
        return read(read, quantities);
    }

    /** Without the books, so the cost is small and constant. Fails like {@link #read}. */
    public Future<Status> readPositions() {
        return read(POSITIONS, List.of());
    }

    private Future<Status> read(String sql, List<Quantity> audited) {
        var entries = entries();
        var members = Members.read(pool);
        return pool.preparedQuery(sql)
                .execute(Tuple.of(Status.MOST_STAGED))
                .compose(rows -> Future.all(entries, members)
                        .map(known -> status(rows, audited, entries.result(), members.result())))
                .timeout(TIMEOUT_SECONDS, TimeUnit.SECONDS);
    }

    private Future<Long> entries() {
        return Future.succeededFuture()
                .compose(ignored -> streamEntries.get())
                .timeout(REDIS_TIMEOUT_SECONDS, TimeUnit.SECONDS)
                .otherwiseEmpty();
    }

    private Status status(RowSet<Row> rows, List<Quantity> audited, Long entries, Members members) {
        var first = rows.iterator().next();
        var head = first.getLong("head");
        var consumers = rows.stream()
                .filter(row -> row.getString("name") != null)
                .map(row -> consumer(row, head, audited))
                .toList();
        var total = audited.isEmpty() ? null : total(first, "true_", audited);
        var unaccounted = audited.isEmpty()
                ? null
                : consumers.stream()
                        .map(Status.Consumer::unaccounted)
                        .filter(Objects::nonNull)
                        .reduce(total(first, "lost_", audited), Total::worse);
        return new Status(
                first.getOffsetDateTime("checked_at").toInstant(),
                first.getLong("staged"),
                age(first, "staged_at"),
                log(first, head, entries),
                first.getJsonArray("partitions").stream()
                        .map(partition -> Partition.of((JsonObject) partition))
                        .toList(),
                total,
                unaccounted,
                consumers,
                members);
    }

    private Status.Log log(Row row, long head, Long entries) {
        return new Status.Log(
                head,
                row.getLong("published"),
                age(row, "unpublished_at"),
                row.getLong("beginning"),
                age(row, "oldest_at"),
                log.stream(),
                entries,
                log.delivery().toString());
    }

    private static Status.Consumer consumer(Row row, long head, List<Quantity> audited) {
        var offset = row.getLong("last_offset");
        boolean known = !audited.isEmpty()
                && row.getBigDecimal("counted_" + audited.get(0).name()) != null;
        return new Status.Consumer(
                row.getString("name"),
                offset,
                head - offset,
                age(row, "behind_at"),
                age(row, "holds_at"),
                new Status.Counters(
                        row.getLong("duplicates_skipped"),
                        row.getLong("gaps_healed"),
                        row.getLong("simulated_crashes"),
                        row.getLong("rejected")),
                known ? total(row, "counted_", audited) : null,
                known ? total(row, "unaccounted_", audited) : null);
    }

    /** Has at least as many decimals as the truth. More decimals would be an error, so they are not rounded away. */
    private static Total total(Row row, String kind, List<Quantity> audited) {
        return Total.of(audited, quantity -> {
            var truth = row.getBigDecimal("true_" + quantity.name());
            var amount = row.getBigDecimal(kind + quantity.name());
            if (truth == null || amount == null) {
                throw new IllegalStateException("the books say nothing of \"" + kind + quantity.name() + "\"");
            }
            return amount.setScale(
                    Math.max(truth.scale(), amount.stripTrailingZeros().scale()));
        });
    }

    /** The age at the time of the snapshot; zero if the column is null. */
    private static Duration age(Row row, String column) {
        var at = row.getOffsetDateTime(column);
        var age = at == null ? Duration.ZERO : Duration.between(at, row.getOffsetDateTime("checked_at"));
        return age.isNegative() ? Duration.ZERO : age;
    }
}
