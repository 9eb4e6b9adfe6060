package examples.orders;

import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import rocketrides.consumer.Instance;
import rocketrides.consumer.Projection;
import rocketrides.log.LogRecord;

/** The revenue of each product, in cents. An event is what one order brings, by product. */
final class Revenue implements Projection<Map<String, Long>> {
    private static final String FIND = "SELECT product, cents FROM revenue WHERE partition = $1 AND product = ANY ($2)";
    private static final String STORE = """
            INSERT INTO revenue (partition, product, cents) SELECT $1::smallint, s.* FROM unnest($2::text[], $3::bigint[]) s
            ON CONFLICT (partition, product) DO UPDATE SET cents = excluded.cents""";

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

    /**
     * Reads what there is, adds the orders, and writes it back, all in the transaction that moves the checkpoint. A product has
     * a row for each partition of the log, because those are worked on at the same time; who reads adds them up.
     */
    @Override
    public Future<String> apply(Instance instance, List<Map<String, Long>> orders, SqlConnection transaction) {
        var partition = (short) instance.partition();
        var revenue = new TreeMap<String, Long>();
        orders.forEach(order -> order.forEach((product, cents) -> revenue.merge(product, cents, Long::sum)));
        return transaction
                .preparedQuery(FIND)
                .execute(Tuple.of(partition).addArrayOfString(revenue.keySet().toArray(String[]::new)))
                .compose(rows -> {
                    rows.forEach(row -> revenue.merge(row.getString("product"), row.getLong("cents"), Long::sum));
                    return transaction
                            .preparedQuery(STORE)
                            .execute(Tuple.of(partition)
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
