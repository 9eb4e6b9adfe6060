package examples.orders;

import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.List;
import java.util.Objects;
import rocketrides.consumer.Projection;
import rocketrides.log.LogRecord;

/** How many orders each customer has placed. An event is the customer of one order. */
final class Customers implements Projection<String> {
    private static final String ADD = """
            INSERT INTO customers AS c (customer, orders)
            SELECT name, count(*) FROM unnest($1::text[]) name GROUP BY name
            ON CONFLICT (customer) DO UPDATE SET orders = c.orders + excluded.orders""";

    @Override
    public String name() {
        return "customers";
    }

    @Override
    public String read(LogRecord record) {
        return record.object().equals("order")
                ? Objects.requireNonNull(new JsonObject(record.data()).getString("customer"), "it has no customer")
                : null;
    }

    @Override
    public Future<String> apply(String consumer, List<String> customers, SqlConnection transaction) {
        return transaction
                .preparedQuery(ADD)
                .execute(Tuple.of(customers.toArray(String[]::new)))
                .map(added -> "orders=" + customers.size());
    }

    /** It sends its one statement at once, so that a save takes one round trip. */
    @Override
    public boolean pipelined() {
        return true;
    }

    @Override
    public Future<?> reset(String consumer, SqlConnection transaction) {
        return transaction.query("DELETE FROM customers").execute();
    }
}
