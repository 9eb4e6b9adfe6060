package examples.orders;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static rocketrides.testing.Eventually.eventually;

import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import io.vertx.sqlclient.Row;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import rocketrides.Application;
import rocketrides.embedded.EmbeddedServers;
import rocketrides.servers.Postgres;

/** The orders service on embedded servers: what the consumers know is what the tables of the application say. */
@ExtendWith(VertxExtension.class)
class OrdersTest {
    private static final String REVENUE = """
            SELECT coalesce((SELECT jsonb_object_agg(product, cents) FROM (
                     SELECT product, sum(cents) AS cents FROM revenue GROUP BY product) r), '{}')
                 = coalesce((SELECT jsonb_object_agg(product, cents) FROM (
                     SELECT product, sum(quantity * cents) AS cents FROM order_lines GROUP BY product) s), '{}')""";
    private static final String CUSTOMERS = """
            SELECT coalesce((SELECT jsonb_object_agg(customer, orders) FROM customers), '{}')
                 = coalesce((SELECT jsonb_object_agg(customer, orders) FROM (
                     SELECT customer, count(*) AS orders FROM orders GROUP BY customer) s), '{}')""";

    /** A writer of another language: its statement is its transaction. */
    private static final String FOREIGN = """
            WITH o AS (INSERT INTO orders (customer) VALUES ('Grace') RETURNING id),
                 l AS (INSERT INTO order_lines SELECT id, 'fuel', 3, 400 FROM o)
            SELECT stage_record('create', 'order', jsonb_build_object('id', id, 'customer', 'Grace', 'lines',
                     jsonb_build_array(jsonb_build_object('product', 'fuel', 'quantity', 3, 'cents', 400))), 'Grace')
              FROM o""";

    @TempDir
    Path directory;

    private final HttpClient http = HttpClient.newHttpClient();
    private Path conf;
    private Application application;
    private Postgres postgres;

    @BeforeEach
    void start(Vertx vertx) throws Exception {
        conf = Files.writeString(directory.resolve("orders.yaml"), """
                embedded:
                  data-dir: %s
                log:
                  stream: orders
                api:
                  port: 0
                """.replace(
                        "%s", directory.resolve("data").toString()));
        application = Main.program().application(Optional.of(conf), Map.of());
        application.start();
        var uri = EmbeddedServers.running(directory.resolve("data")).postgres().orElseThrow();
        postgres = new Postgres(vertx, uri, Optional.empty(), 2, 0);
    }

    @AfterEach
    void stop() throws Exception {
        postgres.close().await(10, SECONDS);
        application.stop();
    }

    @Test
    void whatIsOrderedIsWhatTheConsumersKnow() throws Exception {
        for (int i = 1; i <= 20; i++) {
            var order = post(String.format(Locale.ROOT, """
                    {"customer": "%s", "lines": [{"product": "rocket", "quantity": %d, "cents": 1950},
                      {"product": "fuel", "quantity": 1, "cents": %d}]}""", i % 3 == 0 ? "Ada" : "Alan", i, i));
            assertEquals(201, order.statusCode(), order::body);
            postgres.pool().query(FOREIGN).execute().await(10, SECONDS);
        }
        awaitLevel(40);
        assertTrue(isTrue(REVENUE) && isTrue(CUSTOMERS));
        assertEquals(40, number("SELECT sum(orders)::bigint FROM customers"));

        postgres.pool().query("UPDATE revenue SET cents = 0").execute().await(10, SECONDS);
        var rewind = List.of("consumer", "rewind", "revenue", "--to", "beginning", "--yes", "--conf", conf.toString());
        assertEquals(0, Main.program().execute(rewind.toArray(String[]::new)));
        awaitLevel(40);
        assertTrue(isTrue(REVENUE) && isTrue(CUSTOMERS));
        assertEquals(1, number("SELECT rewinds::bigint FROM checkpoints WHERE name = 'revenue'"));
    }

    @Test
    void anOrderThatIsRefusedLeavesNothing() throws Exception {
        for (var body : new String[] {
            "",
            "null",
            "[]",
            "{",
            "{\"lines\": []}",
            "{\"customer\": \"Ada\", \"lines\": [{\"product\": \"rocket\", \"quantity\": 0, \"cents\": 1}]}",
            "{\"customer\": \"Ada\", \"lines\": 7}",
            "{\"customer\": \"Ada\", \"lines\": [{\"quantity\": \"many\"}]}"
        }) {
            assertEquals(422, post(body).statusCode(), body);
        }
        assertEquals(
                0,
                number("SELECT (SELECT count(*) FROM orders) + (SELECT count(*) FROM staged_log_records)"
                        + " + (SELECT next_offset - 1 FROM log_head)"));
    }

    /** Registered in one place, known everywhere, and nobody else's name is. */
    @Test
    void everyPartKnowsTheConsumersByName() throws Exception {
        assertEquals(201, post("{\"customer\": \"Ada\", \"lines\": []}").statusCode());
        awaitLevel(1);
        assertEquals(
                204,
                post("/dashboard/controls/crash", "{\"role\": \"revenue\"}").statusCode());
        var unknown = post("/dashboard/controls/pause", "{\"role\": \"consumer0\", \"paused\": true}");
        assertEquals(422, unknown.statusCode());
        assertTrue(unknown.body().contains(": revenue, customers."), unknown::body);
        eventually(
                "revenue works again after its crash",
                () -> number("SELECT simulated_crashes FROM checkpoints WHERE name = 'revenue'") > 0
                        && get("/metrics")
                                .contains("rocketrides_consumer_offset{consumer=\"revenue\",partition=\"0\"} 1.0")
                        && get("/health/ready").contains("\"revenue\":\"up\"")
                        && get("/status").contains("\"name\":\"revenue\",\"offset\":1"));
    }

    private String get(String path) throws Exception {
        var uri = URI.create("http://127.0.0.1:" + application.port() + path);
        return http.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString())
                .body();
    }

    private HttpResponse<String> post(String body) throws Exception {
        return post("/orders", body);
    }

    private HttpResponse<String> post(String path, String body) throws Exception {
        var uri = URI.create("http://127.0.0.1:" + application.port() + path);
        return http.send(
                HttpRequest.newBuilder(uri)
                        .header("Content-Type", "application/json")
                        .POST(BodyPublishers.ofString(body))
                        .build(),
                BodyHandlers.ofString());
    }

    private void awaitLevel(int records) throws Exception {
        eventually(
                "both consumers are at offset " + records,
                () -> number("SELECT count(*) FROM checkpoints WHERE last_offset = " + records) == 2);
    }

    private boolean isTrue(String sql) throws Exception {
        return row(sql).getBoolean(0);
    }

    private long number(String sql) throws Exception {
        return row(sql).getLong(0);
    }

    private Row row(String sql) throws Exception {
        return postgres.pool()
                .query(sql)
                .execute()
                .await(10, SECONDS)
                .iterator()
                .next();
    }
}
