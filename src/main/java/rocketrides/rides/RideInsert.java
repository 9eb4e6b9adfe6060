package rocketrides.rides;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The statements that write rides, their staged records and their idempotency keys. A batch is one statement, so it
 * commits completely or not at all. A batch without keys does not touch the table of keys, unless a ride in it is
 * traced.
 *
 * <p>A key belongs to the request that commits it first. If another transaction is inserting the same key, an insert
 * waits for its outcome. Keys are inserted in order, so that two batches never wait for each other. A ride whose key is
 * taken is not written. The statement cannot read the owner of such a key, because its snapshot is older than the
 * commit that it waited for. So a second statement reads it.
 */
final class RideInsert {
    // The ids are assigned first, so that each id belongs to its request, in whatever order the inserts happen. Records
    // are staged in the order of the ids.
    private static final String PLAIN = """
            WITH ride AS MATERIALIZED (
              SELECT nextval('rides_id_seq') AS id, r.distance::numeric(12, 3) AS distance, r.n
                FROM unnest($1::numeric[]) WITH ORDINALITY AS r (distance, n)
            ), inserted AS (
              INSERT INTO rides (id, distance, created_at)
              SELECT id, distance, now() FROM ride
            ), staged AS (
              INSERT INTO staged_log_records (partition, action, object, data)
              SELECT (SELECT partition_of(NULL)), 'create', 'ride', jsonb_build_object('id', id, 'distance', distance, 'created_at',
                       (SELECT to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')))
                FROM ride ORDER BY n
            )
            SELECT id FROM ride ORDER BY n""";

    // A ride without a key inserts none, and a record without a trace has no such field.
    private static final String KEYED_OR_TRACED = """
            WITH asked AS MATERIALIZED (
              SELECT nextval('rides_id_seq') AS id, r.distance::numeric(12, 3) AS distance, r.key, r.fingerprint,
                     r.traceparent, r.n
                FROM unnest($1::numeric[], $2::text[], $3::bytea[], $4::text[])
                     WITH ORDINALITY AS r (distance, key, fingerprint, traceparent, n)
            ), claimed AS (
              INSERT INTO idempotency_keys (key, fingerprint, ride, created_at)
              SELECT key, fingerprint, id, now() FROM asked WHERE key IS NOT NULL ORDER BY key COLLATE "C", n
              ON CONFLICT (key) DO NOTHING
              RETURNING ride
            ), ride AS MATERIALIZED (
              SELECT id, distance, traceparent, n FROM asked WHERE key IS NULL OR id IN (SELECT c.ride FROM claimed c)
            ), inserted AS (
              INSERT INTO rides (id, distance, created_at)
              SELECT id, distance, now() FROM ride
            ), staged AS (
              INSERT INTO staged_log_records (partition, action, object, data)
              SELECT (SELECT partition_of(NULL)), 'create', 'ride', jsonb_strip_nulls(jsonb_build_object('id', id, 'distance', distance, 'created_at',
                       (SELECT to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')),
                       'traceparent', traceparent))
                FROM ride ORDER BY n
            )
            SELECT ride.id FROM asked LEFT JOIN ride USING (n) ORDER BY n""";

    private static final String HOLDERS =
            "SELECT key, fingerprint, ride FROM idempotency_keys WHERE key = ANY ($1::text[])";

    private RideInsert() {}

    /**
     * A ride to be written. {@code fingerprint} is null without a {@code key}; {@code traceparent} is null without a
     * trace.
     */
    record Order(BigDecimal distance, String key, Buffer fingerprint, String traceparent) {}

    /** The ride that a key belongs to. */
    record Holder(long ride, Buffer fingerprint) {}

    /**
     * One id for each order, in their order; null if the key is taken, in which case nothing was written for the order.
     */
    static Future<List<Long>> insert(SqlClient client, List<Order> batch) {
        var distances = batch.stream().map(Order::distance).toArray(BigDecimal[]::new);
        boolean plain = batch.stream().allMatch(order -> order.key() == null && order.traceparent() == null);
        var inserted = plain
                ? client.preparedQuery(PLAIN).execute(Tuple.of((Object) distances))
                : client.preparedQuery(KEYED_OR_TRACED)
                        .execute(Tuple.of(
                                distances,
                                batch.stream().map(Order::key).toArray(String[]::new),
                                batch.stream().map(Order::fingerprint).toArray(Buffer[]::new),
                                batch.stream().map(Order::traceparent).toArray(String[]::new)));
        return inserted.map(rows -> rows.stream().map(row -> row.getLong(0)).toList());
    }

    /** The owners by key. A key that has just expired is missing. */
    static Future<Map<String, Holder>> holders(SqlClient client, List<String> keys) {
        return client.preparedQuery(HOLDERS)
                .execute(Tuple.of((Object) keys.toArray(String[]::new)))
                .map(rows -> rows.stream()
                        .collect(Collectors.toMap(
                                row -> row.getString("key"),
                                row -> new Holder(row.getLong("ride"), row.getBuffer("fingerprint")))));
    }
}
