package rocketrides.rides;

import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.util.concurrent.TimeUnit;
import rocketrides.http.Refusal;
import rocketrides.runtime.Numbers;

/** The statements that read rides. */
final class RideReader {
    private static final String FIND = "SELECT id, distance, created_at FROM rides WHERE id = $1";
    private static final String PAGE = "SELECT id, distance, created_at FROM rides WHERE id > $1 ORDER BY id LIMIT $2";
    private static final long TIMEOUT_SECONDS = 10;
    private static final Refusal NO_SUCH_RIDE = new Refusal(404, "There is no such ride.");

    private RideReader() {}

    /** The ride as JSON for clients. Fails with a {@link Refusal} if there is none. */
    static Future<JsonObject> find(Pool pool, String id) {
        return pool.preparedQuery(FIND)
                .execute(Tuple.of(Numbers.whole(id).orElseThrow(() -> NO_SUCH_RIDE)))
                .timeout(TIMEOUT_SECONDS, TimeUnit.SECONDS)
                .map(rows -> rows.stream().findFirst().map(RideReader::toJson).orElseThrow(() -> NO_SUCH_RIDE));
    }

    /** {@code next}: the value of {@code after} for the next page, or null if there are no more rides yet. */
    static Future<JsonObject> list(Pool pool, RidePage page) {
        return pool.preparedQuery(PAGE)
                .execute(Tuple.of(page.after(), page.limit() + 1))
                .timeout(TIMEOUT_SECONDS, TimeUnit.SECONDS)
                .map(rows -> {
                    var rides = rows.stream()
                            .limit(page.limit())
                            .map(RideReader::toJson)
                            .toList();
                    var next = rows.size() > page.limit()
                            ? rides.get(page.limit() - 1).getLong("id")
                            : null;
                    return new JsonObject().put("rides", new JsonArray(rides)).put("next", next);
                });
    }

    private static JsonObject toJson(Row row) {
        return new JsonObject()
                .put("id", row.getLong("id"))
                .put("distance", row.getBigDecimal("distance"))
                .put("created_at", row.getOffsetDateTime("created_at").toInstant());
    }
}
