package rocketrides.status;

import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.SqlClient;

/** Reads the position of each partition, and which process streams it. Only of interest if there are several. */
public final class Partitions {
    private static final String READ = """
            SELECT h.partition, h.next_offset - 1 AS head, l.published, CASE WHEN a.until > now() THEN a.owner END AS owner
              FROM log_head h JOIN log_cursor l USING (partition)
              LEFT JOIN assignments a ON a.role = 'streamer' AND a.partition = h.partition
             ORDER BY h.partition""";

    private Partitions() {}

    /** Adds {@code partitions} if there are several. Fails when Postgres does. */
    public static Future<JsonObject> addTo(JsonObject status, SqlClient client) {
        return client.query(READ).execute().map(rows -> {
            var partitions = new JsonArray();
            rows.forEach(row -> partitions.add(new JsonObject()
                    .put("partition", row.getInteger("partition"))
                    .put("head_offset", row.getLong("head"))
                    .put("published_offset", row.getLong("published"))
                    .put("owner", row.getString("owner"))));
            return partitions.size() > 1 ? status.put("partitions", partitions) : status;
        });
    }
}
