package rocketrides.rides;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.junit5.VertxExtension;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import rocketrides.testing.TestApi;
import rocketrides.testing.TestLog;
import rocketrides.testing.TestRole;
import rocketrides.testing.TestServers;

@ExtendWith(VertxExtension.class)
class RideListTest {
    private TestApi api;
    private int port;

    @BeforeEach
    void book(Vertx vertx) {
        api = new TestApi(vertx);
        port = api.deploy();
        api.log.sql("INSERT INTO rides (id, distance) SELECT g, g FROM generate_series(1, 250) g WHERE g <> 42"
                + " ORDER BY g % 7, g DESC"); // the table has an order of its own
    }

    @AfterEach
    void stop() {
        api.close();
    }

    @Test
    void followingNextShowsEachRideOnceInOrder() throws IOException {
        for (var limit : List.of(1, 7, 83, 249, 250, 1_000)) {
            var seen = new ArrayList<Long>();
            Long next = 0L;
            while (next != null) {
                var page = list("?limit=" + limit + "&after=" + next);
                seen.addAll(ids(page));
                next = page.getLong("next");
            }
            assertEquals(
                    LongStream.rangeClosed(1, 250)
                            .filter(id -> id != 42)
                            .boxed()
                            .toList(),
                    seen,
                    "limit " + limit);
        }
    }

    /** A plan that happens to give the rides in order proves nothing; without an index there is none. */
    @Test
    void theOrderIsAskedFor() throws IOException {
        api.log.sql("DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET enable_indexscan = off', current_database());"
                + " EXECUTE format('ALTER DATABASE %I SET enable_indexonlyscan = off', current_database()); END $$");
        var elsewhere = TestServers.connect(api.vertx, api.log.postgresUri(TestRole.API), 1);
        var page = TestLog.await(RideReader.list(elsewhere.pool(), new RidePage(100, 50)));
        assertEquals(LongStream.rangeClosed(101, 150).boxed().toList(), ids(page));
        TestLog.await(elsewhere.close());
    }

    @Test
    void aPageHasAHundredRidesUnlessAskedOtherwise() throws IOException {
        var page = list("");
        assertEquals(100, ids(page).size());
        assertEquals(101, page.getLong("next"));
        assertEquals(249, ids(list("?limit=1000")).size());
    }

    @Test
    void afterTheLastRideThereIsNone() throws IOException {
        for (var after : List.of("250", "9223372036854775807")) {
            var page = list("?after=" + after);
            assertEquals(List.of(), ids(page));
            assertNull(page.getLong("next"));
        }
    }

    @Test
    void aRideIsShownAsItIsAlone() throws IOException {
        var listed = list("?after=6&limit=1").getJsonArray("rides").getJsonObject(0);
        assertEquals(TestApi.get(port, "/rides/7").json(), listed);
    }

    @ParameterizedTest
    @ValueSource(strings = {"+7", "%2B7", "%D9%A7", "%EF%BC%97", "7%20"}) // Arabic and full-width sevens
    void numbersAreAsciiDigits(String seven) throws IOException {
        assertEquals(404, TestApi.get(port, "/rides/" + seven).status());
        assertEquals(400, TestApi.get(port, "/rides?after=" + seven).status());
        assertEquals(400, TestApi.get(port, "/rides?limit=" + seven).status());
    }

    private JsonObject list(String query) throws IOException {
        var answer = TestApi.get(port, "/rides" + query);
        assertEquals(200, answer.status(), answer.body());
        return answer.json();
    }

    private static List<Long> ids(JsonObject page) {
        return page.getJsonArray("rides").stream()
                .map(ride -> ((JsonObject) ride).getLong("id"))
                .toList();
    }
}
