package examples.orders;

import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.List;
import java.util.Objects;
import rocketrides.consumer.Instance;
import rocketrides.consumer.SingleStatement;
import rocketrides.log.LogRecord;

/** How many orders each customer has placed. An event is the customer of one order. */
final class Customers implements SingleStatement<String> {
    private static final String ADD = """
            INSERT INTO customers AS c (customer, orders)
            SELECT name, count(*) FROM unnest($1::text[]) name GROUP BY name
            ON CONFLICT (customer) DO UPDATE SET orders = c.orders + excluded.orders
            RETURNING customer || ' has ordered ' || orders || ' times' AS shown""";

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

    /** The database does all the work, so a save is one statement: the checkpoint's with this one inside. */
    @Override
    public Statement statement(Instance instance, List<String> customers) {
        return new Statement(ADD, Tuple.of(customers.toArray(String[]::new)));
    }

    @Override
    public Future<?> reset(String consumer, SqlConnection transaction) {
        return transaction.query("DELETE FROM customers").execute();
    }
}
