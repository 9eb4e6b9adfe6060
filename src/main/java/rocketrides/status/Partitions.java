package rocketrides.status;

import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlClient;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;

/** Reads the position of each partition, and which process streams it. */
public final class Partitions {
    private static final String READ = """
            SELECT p.partition, p.generation, p.open, h.next_offset - 1 AS head, l.published,
                   CASE WHEN a.until > now() THEN a.owner END AS owner,
                   NOT EXISTS (SELECT FROM staged_log_records s WHERE s.partition = p.partition) AS sealed,
                   ARRAY(SELECT c.name FROM checkpoints c
                          WHERE c.partition = p.partition AND c.last_offset < h.next_offset - 1 ORDER BY c.name) AS behind
              FROM partitions p
              JOIN log_head h USING (partition)
              JOIN log_cursor l USING (partition)
              LEFT JOIN assignments a ON a.role = 'streamer' AND a.partition = p.partition
             ORDER BY p.partition""";

    private Partitions() {}

    /** Adds {@code partitions} if there have ever been several. Fails if Postgres fails. */
    public static Future<JsonObject> addTo(JsonObject status, SqlClient client) {
        return read(client).map(partitions -> partitions.size() > 1 ? status.put("partitions", partitions) : status);
    }

    /** An object for each partition, open or closed. Fails if Postgres fails. */
    public static Future<JsonArray> read(SqlClient client) {
        return client.query(READ).execute().map(rows -> {
            var partitions = new JsonArray();
            rows.forEach(row -> partitions.add(toJson(row)));
            return partitions;
        });
    }

    private static JsonObject toJson(Row row) {
        var head = row.getLong("head");
        var behind = List.of(row.getArrayOfStrings("behind"));
        return new JsonObject()
                .put("partition", row.getInteger("partition"))
                .put("generation", row.getInteger("generation"))
                .put("open", row.getBoolean("open"))
                .put("head_offset", head)
                .put("published_offset", row.getLong("published"))
                .put("owner", row.getString("owner"))
                .put(
                        "drained",
                        row.getBoolean("sealed") && row.getLong("published").equals(head) && behind.isEmpty())
                .put("behind", new JsonArray(behind));
    }

    /** A partition as a line for people. */
    public static String describe(JsonObject partition) {
        var line = new StringBuilder("partition  " + partition.getInteger("partition"));
        line.append(": head ").append(partition.getLong("head_offset"));
        line.append(", published ").append(partition.getLong("published_offset"));
        if (partition.getInteger("generation") > 0) {
            line.append(", generation ").append(partition.getInteger("generation"));
        }
        if (!partition.getBoolean("open") && partition.getBoolean("drained")) {
            return line.append(", closed and drained").toString();
        }
        line.append(partition.getBoolean("open") ? "" : ", closed");
        line.append(", streamer ").append(Objects.requireNonNullElse(partition.getString("owner"), "nobody"));
        var behind = partition.getJsonArray("behind");
        if (!partition.getBoolean("open") && !behind.isEmpty()) {
            line.append(", not applied by ")
                    .append(behind.stream().map(String::valueOf).collect(Collectors.joining(", ")));
        }
        return line.toString();
    }
}
