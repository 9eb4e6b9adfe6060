package rocketrides.dashboard;

import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.function.BiConsumer;

/**
 * Finds out when some of the latest records were written: about twenty of each of the two newest segments. The time is
 * the record's field {@code created_at}. An application sets it to Postgres' time at the start of the transaction, so
 * latencies include the commit. A record without the field counts as written when it was sealed. Times of Postgres'
 * clock are converted to this process's clock, with the offset measured by the fastest query so far.
 */
final class Probe {
    private static final String RECORDS = """
            SELECT p.partition, s.first_offset + l.n - 1 AS "offset", s.last_offset,
                   substring(l.line FROM '"created_at": "([0-9T:.-]+Z)"') AS written,
                   (extract(epoch FROM s.sealed_at) * 1000)::float8 AS sealed,
                   (extract(epoch FROM statement_timestamp()) * 1000)::float8 AS now
              FROM (SELECT min(partition) AS partition FROM partitions WHERE open) p
             CROSS JOIN LATERAL (
               SELECT first_offset, last_offset, sealed_at, records FROM log_segments
                WHERE partition = p.partition AND first_offset > CASE partition WHEN $2::smallint THEN $1::bigint ELSE 0 END
                ORDER BY first_offset DESC LIMIT 2) s
             CROSS JOIN LATERAL string_to_table(s.records, E'\\n') WITH ORDINALITY AS l (line, n)
             WHERE (l.n - 1) % greatest(1, (s.last_offset - s.first_offset + 1) / 20) = 0""";

    private static final String HEAD = """
            SELECT partition, next_offset - 1 FROM log_head
             WHERE partition = (SELECT min(partition) FROM partitions WHERE open)""";

    private final Pool pool;
    private int partition;
    private long looked;
    private long seen;
    private double quickest = Double.MAX_VALUE;
    private double ahead;

    Probe(Pool pool) {
        this.pool = pool;
    }

    /**
     * The only partition that is sampled: latencies of the others are similar. It is the first open one, so it changes
     * when their number does.
     */
    int partition() {
        return partition;
    }

    /** Milliseconds since the epoch, with fractions. */
    static double now() {
        return millis(Instant.now());
    }

    private static double millis(Instant time) {
        return time.getEpochSecond() * 1e3 + time.getNano() / 1e6;
    }

    /**
     * Passes the offsets of records, with the time when each was written, by this process's clock.
     *
     * @param latest how many records have been sealed; if there are no new ones, Postgres is not queried
     */
    Future<Void> runOnce(long latest, BiConsumer<Long, Double> samples) {
        if (latest == looked) {
            return Future.succeededFuture();
        }
        boolean first = looked == 0 || latest < looked;
        looked = latest;
        return first ? begin() : look(samples);
    }

    /** Records from before anybody watched do not count. */
    private Future<Void> begin() {
        return pool.query(HEAD).execute().map(rows -> {
            var head = rows.iterator().next();
            partition = head.getInteger(0);
            seen = head.getLong(1);
            return null;
        });
    }

    private Future<Void> look(BiConsumer<Long, Double> samples) {
        var asked = now();
        return pool.preparedQuery(RECORDS)
                .execute(Tuple.of(seen, (short) partition))
                .map(rows -> {
                    var answered = now();
                    rows.forEach(row -> {
                        if (answered - asked < quickest) {
                            quickest = answered - asked;
                            ahead = row.getDouble("now") - (asked + answered) / 2;
                        }
                        if (row.getInteger("partition") != partition) {
                            partition = row.getInteger("partition");
                            seen = 0;
                        }
                        seen = Math.max(seen, row.getLong("last_offset"));
                        var written = time(row.getString("written"), row.getDouble("sealed"));
                        samples.accept(row.getLong("offset"), written - ahead);
                    });
                    return null;
                });
    }

    /** The field is the application's own, so it may contain any text. */
    private static double time(String written, double otherwise) {
        try {
            return written == null ? otherwise : millis(Instant.parse(written));
        } catch (DateTimeParseException e) {
            return otherwise;
        }
    }
}
