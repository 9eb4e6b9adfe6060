package rocketrides.api;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static rocketrides.testing.Eventually.eventually;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import io.vertx.sqlclient.Pool;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import rocketrides.runtime.Faults;
import rocketrides.testing.Proxy;
import rocketrides.testing.TestApi;
import rocketrides.testing.TestApi.Answer;
import rocketrides.testing.TestLog;
import rocketrides.testing.TestRole;
import rocketrides.testing.TestServers;

/** A Postgres that takes everything and says nothing: a request gets its answer all the same, within 30 s. */
@ExtendWith(VertxExtension.class)
class FrozenPostgresTest {
    private static final Map<String, String> JSON = Map.of("Content-Type", "application/json");

    /** More than what is asked of Postgres at once below. */
    private static final int CONNECTIONS = 8;

    @Test
    void everyRequestIsAnsweredWith503AndLaterBookedAgain(Vertx vertx) throws Exception {
        try (var api = new TestApi(vertx);
                var proxy = new Proxy(
                        vertx, URI.create(api.log.postgresUri(TestRole.API)).getPort())) {
            var uri = api.log.postgresUri(TestRole.API).replaceFirst("(@[^/]*:)\\d+/", "$1" + proxy.port() + "/");
            var postgres = TestServers.connect(vertx, uri, CONNECTIONS);
            var port = api.deploy(postgres.pool(), Faults.NONE, TestApi.DEFAULTS);
            assertEquals(201, TestApi.book(port, "before", "1").status());
            useAll(postgres.pool()); // else the requests would fail at connecting, which has a limit of its own

            proxy.blackHole(true);
            var requests = new ArrayList<Callable<Answer>>(List.of(
                    () -> TestApi.get(port, "/rides"),
                    () -> TestApi.get(port, "/rides/1"),
                    () -> TestApi.get(port, "/status")));
            for (int i = 0; i < 8; i++) {
                var key = "k" + i;
                requests.add(() -> TestApi.book(port, key, "1"));
                requests.add(() -> TestApi.send(port, "POST", "/rides", JSON, "{\"distance\": 1}"));
            }
            for (var answer : answers(requests)) {
                assertEquals(503, answer.status(), answer.body());
                assertEquals("1", answer.headers().get("retry-after"));
                assertEquals("This cannot be done right now. Please try again.", answer.error());
            }

            proxy.blackHole(false);
            eventually(
                    "rides are booked again",
                    () -> TestApi.book(port, "after", "1").status() == 201);
            TestLog.await(postgres.close());
        }
    }

    private static void useAll(Pool pool) {
        TestLog.await(Future.all(IntStream.range(0, CONNECTIONS)
                .mapToObj(i -> pool.query("SELECT pg_sleep(0.3)").execute())
                .toList()));
    }

    private static List<Answer> answers(List<Callable<Answer>> requests) throws Exception {
        var clients = Executors.newFixedThreadPool(requests.size());
        try {
            var began = System.nanoTime();
            var answers = new ArrayList<Answer>();
            for (var answer : clients.invokeAll(requests, 30, SECONDS)) {
                answers.add(answer.get());
            }
            assertTrue(System.nanoTime() - began < SECONDS.toNanos(30));
            return answers;
        } finally {
            clients.shutdownNow();
        }
    }
}
