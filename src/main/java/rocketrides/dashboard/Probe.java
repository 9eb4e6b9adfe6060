package rocketrides.dashboard;

import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import rocketrides.status.Partition;

/**
 * Finds out when some of the latest records were written: about twenty of each of the two newest segments of each
 * partition. The time is the record's field {@code created_at}. An application sets it to Postgres' time at the start of
 * the transaction, so latencies include the commit. A record without the field counts as written when it was sealed. Times
 * of Postgres' clock are converted to this process's clock, with the offset measured by the fastest query so far.
 */
final class Probe {
    private static final String RECORDS = """
            SELECT p.number, s.first_offset + l.n - 1 AS "offset",
                   substring(l.line FROM '"created_at": "([0-9T:.-]+Z)"') AS written,
                   (extract(epoch FROM s.sealed_at) * 1000)::float8 AS sealed,
                   (extract(epoch FROM statement_timestamp()) * 1000)::float8 AS now
              FROM unnest($1::int[], $2::bigint[], $3::bigint[]) AS p (number, seen, head)
             CROSS JOIN LATERAL (
               SELECT first_offset, last_offset, sealed_at, records FROM log_segments
                WHERE partition = p.number::smallint AND first_offset > p.seen AND first_offset <= p.head
                ORDER BY first_offset DESC LIMIT 2) s
             CROSS JOIN LATERAL string_to_table(s.records, E'\\n') WITH ORDINALITY AS l (line, n)
             WHERE (l.n - 1) % greatest(1, (s.last_offset - s.first_offset + 1) / 20) = 0""";

    private final Pool pool;
    private final Map<Integer, Long> heads = new HashMap<>();
    private double quickest = Double.MAX_VALUE;
    private double ahead;

    /** Is told when a record was written, by this process's clock, in ms since the epoch. */
    interface Samples {
        void add(int partition, long offset, double written);
    }

    Probe(Pool pool) {
        this.pool = pool;
    }

    /** Milliseconds since the epoch, with fractions. */
    static double now() {
        return millis(Instant.now());
    }

    private static double millis(Instant time) {
        return time.getEpochSecond() * 1e3 + time.getNano() / 1e6;
    }

    /**
     * Reads samples of the records that were sealed since the last call. Records from before the first call do not count.
     * Without new records, Postgres is not queried.
     */
    Future<Void> runOnce(List<Partition> partitions, Samples samples) {
        var grown = new ArrayList<Partition>();
        var seen = new ArrayList<Long>();
        for (var partition : partitions) {
            var before = heads.put(partition.number(), partition.headOffset());
            if (before != null && before < partition.headOffset()) {
                grown.add(partition);
                seen.add(before);
            }
        }
        return grown.isEmpty() ? Future.succeededFuture() : look(grown, seen, samples);
    }

    private Future<Void> look(List<Partition> grown, List<Long> seen, Samples samples) {
        var places = Tuple.of(
                grown.stream().map(Partition::number).toArray(Integer[]::new),
                seen.toArray(Long[]::new),
                grown.stream().map(Partition::headOffset).toArray(Long[]::new));
        var asked = now();
        return pool.preparedQuery(RECORDS).execute(places).map(rows -> {
            var answered = now();
            for (var row : rows) {
                if (answered - asked < quickest) {
                    quickest = answered - asked;
                    ahead = row.getDouble("now") - (asked + answered) / 2;
                }
                samples.add(row.getInteger("number"), row.getLong("offset"), written(row) - ahead);
            }
            return null;
        });
    }

    /** The field is the application's own, so it may contain any text. */
    private static double written(Row row) {
        var written = row.getString("written");
        try {
            return written == null ? row.getDouble("sealed") : millis(Instant.parse(written));
        } catch (DateTimeParseException e) {
            return row.getDouble("sealed");
        }
    }
}
