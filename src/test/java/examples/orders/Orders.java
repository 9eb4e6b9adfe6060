package examples.orders;

import static java.util.Objects.requireNonNullElse;

import io.vertx.core.Future;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.handler.BodyHandler;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import rocketrides.http.Refusal;
import rocketrides.log.Staging;

/** {@code POST /orders} writes an order, its lines and its record in one transaction. */
final class Orders {
    private static final String INSERT = """
            WITH o AS (
              INSERT INTO orders (customer) VALUES ($1) RETURNING id
            ), l AS (
              INSERT INTO order_lines
              SELECT id, line.* FROM o, jsonb_to_recordset($2) AS line (product text, quantity int, cents bigint)
            )
            SELECT id FROM o""";

    private static final JsonObject NOTHING = new JsonObject();

    private Orders() {}

    static void routes(Router router, Staging log) {
        router.post("/orders").handler(BodyHandler.create(false).setBodyLimit(16_384));
        router.post("/orders").handler(request -> log.inTransaction(transaction -> insert(
                                transaction, requireNonNullElse(request.body().asJsonObject(), NOTHING))
                        .compose(order -> log.stage(transaction, order.getString("customer"), "create", "order", order)
                                .map(order)))
                .onSuccess(order -> {
                    request.response().setStatusCode(201);
                    request.json(order);
                })
                .onFailure(t -> request.fail(refused(t))));
    }

    private static Future<JsonObject> insert(SqlConnection transaction, JsonObject order) {
        var lines = order.getJsonArray("lines", new JsonArray());
        return transaction
                .preparedQuery(INSERT)
                .execute(Tuple.of(order.getString("customer"), lines))
                .map(rows -> order.put("id", rows.iterator().next().getLong("id")));
    }

    /** What the tables' constraints or the types do not allow is the client's fault. */
    private static Throwable refused(Throwable t) {
        boolean theirs = t instanceof PgException e && e.getSqlState().matches("2[23].*")
                || t instanceof ClassCastException
                || t instanceof DecodeException;
        return theirs
                ? new Refusal(422, "An order has a customer and lines, each with a product, a quantity and cents.")
                : t;
    }
}
