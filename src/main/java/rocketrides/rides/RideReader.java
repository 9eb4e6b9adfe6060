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

/** Reads rides. */
public final class RideReader {
    private static final String FIND = "SELECT id, distance, created_at FROM rides WHERE id = $1";
    private static final String PAGE = "SELECT id, distance, created_at FROM rides WHERE id > $1 ORDER BY id LIMIT $2";
    private static final long TIMEOUT_SECONDS = 10;
    private static final Refusal NO_SUCH_RIDE = new Refusal(404, "There is no such ride.");

    private final Pool pool;

    public RideReader(Pool pool) {
        this.pool = pool;
    }

    /** The ride as JSON for clients. Fails with a {@link Refusal} if there is none. */
    Future<JsonObject> find(String id) {
        return pool.preparedQuery(FIND)
                .execute(Tuple.of(Numbers.whole(id).orElseThrow(() -> NO_SUCH_RIDE)))
                .timeout(TIMEOUT_SECONDS, TimeUnit.SECONDS)
                .map(rows -> {
                    for (var row : rows) {
                        return toJson(row);
                    }
                    throw NO_SUCH_RIDE;
                });
    }

    /** {@code next}: the value of {@code after} for the next page, or null if there are no more rides yet. */
    Future<JsonObject> list(RidePage page) {
        return pool.preparedQuery(PAGE)
                .execute(Tuple.of(page.after(), page.limit() + 1))
                .timeout(TIMEOUT_SECONDS, TimeUnit.SECONDS)
                .map(rows -> {
                    var rides = new JsonArray();
                    rows.forEach(row -> rides.add(toJson(row)));
                    Long next = null;
                    if (rides.size() > page.limit()) {
                        rides.remove(page.limit());
                        next = rides.getJsonObject(page.limit() - 1).getLong("id");
                    }
                    return new JsonObject().put("rides", rides).put("next", next);
                });
    }

    private static JsonObject toJson(Row row) {
        return new JsonObject()
                .put("id", row.getLong("id"))
                .put("distance", row.getBigDecimal("distance"))
                .put(
                        "created_at",
                        row.getOffsetDateTime("created_at").toInstant().toString());
    }
}
