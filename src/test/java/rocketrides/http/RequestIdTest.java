package rocketrides.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import rocketrides.testing.LogCapture;
import rocketrides.testing.TestApi;
import rocketrides.testing.TestApi.Answer;

@ExtendWith(VertxExtension.class)
class RequestIdTest {
    private TestApi api;
    private int port;

    @BeforeEach
    void deploy(Vertx vertx) {
        api = new TestApi(vertx);
        port = api.deploy();
    }

    @AfterEach
    void stop() {
        api.close();
    }

    private Answer get(String path, String id) throws IOException {
        return TestApi.send(port, "GET", path, Map.of("X-Request-Id", id), "");
    }

    private static String id(Answer answer) {
        return answer.headers().get("x-request-id");
    }

    @Test
    void isTheClientsOwnInEveryAnswer() throws IOException {
        for (var path : new String[] {"/rides", "/rides/1", "/nowhere", "/docs", "/status"}) {
            assertEquals("mine-4711", id(get(path, "mine-4711")), path);
        }
    }

    @Test
    void isANewOneForEachRequestThatBringsNone() throws IOException {
        var first = id(TestApi.get(port, "/rides"));
        assertTrue(first.matches("[0-9a-f]{16}"), first);
        assertNotEquals(first, id(TestApi.get(port, "/rides")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "two words", "tab\there", "\u00e9"})
    void isANewOneWhereTheClientsIsOfNoUse(String given) throws IOException {
        assertTrue(id(get("/rides", given)).matches("[0-9a-f]{16}"));
        assertTrue(id(get("/rides", "x".repeat(129))).matches("[0-9a-f]{16}"));
    }

    @Test
    void isInTheLineThatTheLogHasAboutIt() throws IOException {
        api.log.sql("DROP TABLE rides CASCADE");
        try (var log = new LogCapture()) {
            assertEquals(500, get("/rides/1", "mine-4711").status());
            var line = log.await(1, l -> l.startsWith("ERROR api")).get(0);
            assertEquals("ERROR api GET /rides/1 failed request=\"mine-4711\"", line);
        }
    }
}
