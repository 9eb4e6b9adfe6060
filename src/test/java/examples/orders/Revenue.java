package examples.orders;

import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import rocketrides.consumer.Projection;
import rocketrides.log.LogRecord;

/** The revenue of each product, in cents. An event is what one order brings, by product. */
final class Revenue implements Projection<Map<String, Long>> {
    private static final String FIND = "SELECT product, cents FROM revenue WHERE product = ANY ($1)";
    private static final String STORE = """
            INSERT INTO revenue (product, cents) SELECT * FROM unnest($1::text[], $2::bigint[])
            ON CONFLICT (product) DO UPDATE SET cents = excluded.cents""";

    @Override
    public String name() {
        return "revenue";
    }

    /** A record that is not as it should be is set aside with the exception's message, and the log goes on. */
    @Override
    public Map<String, Long> read(LogRecord record) {
        if (!record.object().equals("order")) {
            return null;
        }
        var sold = new TreeMap<String, Long>();
        new JsonObject(record.data())
                .getJsonArray("lines").stream()
                        .map(JsonObject.class::cast)
                        .forEach(line -> sold.merge(
                                line.getString("product"),
                                line.getLong("quantity") * line.getLong("cents"),
                                Long::sum));
        return sold;
    }

    /** Reads what there is, adds the orders, and writes it back, all in the transaction that moves the checkpoint. */
    @Override
    public Future<String> apply(String consumer, List<Map<String, Long>> orders, SqlConnection transaction) {
        var revenue = new TreeMap<String, Long>();
        orders.forEach(order -> order.forEach((product, cents) -> revenue.merge(product, cents, Long::sum)));
        return transaction
                .preparedQuery(FIND)
                .execute(Tuple.of(revenue.keySet().toArray(String[]::new)))
                .compose(rows -> {
                    rows.forEach(row -> revenue.merge(row.getString("product"), row.getLong("cents"), Long::sum));
                    return transaction
                            .preparedQuery(STORE)
                            .execute(Tuple.tuple()
                                    .addArrayOfString(revenue.keySet().toArray(String[]::new))
                                    .addArrayOfLong(revenue.values().toArray(Long[]::new)));
                })
                .map(stored -> "products=" + revenue.size());
    }

    /** So that it can start from nothing: when it is rewound, and when it is removed. */
    @Override
    public Future<?> reset(String consumer, SqlConnection transaction) {
        return transaction.query("DELETE FROM revenue").execute();
    }
}
