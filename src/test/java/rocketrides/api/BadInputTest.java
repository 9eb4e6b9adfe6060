package rocketrides.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.pgclient.PgException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import rocketrides.testing.RefusingApi;
import rocketrides.testing.TestApi;
import rocketrides.testing.TestApi.Answer;

/** Invalid input never reaches the tables. The response names the reason, and nothing internal. */
class BadInputTest {
    private static final Map<String, String> JSON = Map.of("Content-Type", "application/json");

    @RegisterExtension
    static final RefusingApi API = new RefusingApi();

    private final int port = API.port();

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{",
                "nothing",
                "[]",
                "[{\"distance\":1}]",
                "1",
                "null",
                "{\"distance\":1}x",
                "{\"distance\":1}{}",
                "{\"distance\":1,}",
                "{'distance':1}",
                "\uFEFF{\"distance\":1}",
                "{\"distance\":1}\u0000",
                "{\"dist\u0000ance\":1}",
                "\u0000",
                "   "
            })
    void whatIsNotOneJsonObjectIs400(String body) throws IOException {
        var answer = post(body);
        assertEquals(400, answer.status(), answer.body());
        clean(answer);
    }

    @Test
    void badUtf8Is400() throws IOException {
        for (var bytes : new byte[][] {
            {(byte) 0xff, (byte) 0xfe},
            {'{', '"', (byte) 0xc3, '"', ':', '1', '}'},
            {(byte) 0xed, (byte) 0xa0, (byte) 0x80}
        }) {
            var answer = TestApi.send(port, "POST", "/rides", JSON, bytes);
            assertEquals(400, answer.status());
            assertEquals("The body must be one JSON object in UTF-8.", answer.error());
        }
        assertEquals(400, post("{\"\\ud800\":1}").status());
    }

    @Test
    void deepNestingAndEndlessNumbersAre400() throws IOException {
        assertEquals(400, post("{\"distance\":" + "1".repeat(2_000) + "}").status());
        assertEquals(422, post("{\"distance\":" + "[".repeat(5_000) + "}").status());
        assertEquals(400, post("{\"x\":" + "[".repeat(5_000) + "}").status());
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            value = {
                "{\"distance\":1|\"speed\":2}, Unknown parameter 'speed'. Allowed: 'distance'.",
                "{\"Distance\":1}, Unknown parameter 'Distance'. Allowed: 'distance'.",
                "{\"distance\":1|\"distance\":1}, Parameter 'distance' is given more than once.",
                "{\"'; DROP TABLE rides; --\":1}, Unknown parameter ''; DROP TABLE rides; --'. Allowed: 'distance'."
            })
    void aParameterThatIsUnknownOrGivenTwiceIsNamed(String body, String message) throws IOException {
        var answer = post(body.replace('|', ','));
        assertEquals(400, answer.status());
        assertEquals(message, answer.error());
    }

    @Test
    void whatIsSentBackIsEscapedAndShort() throws IOException {
        var answer = post("{\"a\\r\\nSet-Cookie: x\\u0000" + "y".repeat(9_000) + "\":1}");
        assertEquals(400, answer.status());
        assertTrue(answer.body().contains("a\\r\\nSet-Cookie: x\\u0000y"), answer.body());
        assertTrue(answer.body().length() < 200, answer.body());
        assertFalse(answer.headers().containsKey("set-cookie"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"12\"",
                "\"NaN\"",
                "NaN",
                "Infinity",
                "-Infinity",
                "1e400",
                "1e-400",
                "1e99999999999",
                "-1",
                "-0.0",
                "0",
                "100000000.001",
                "9223372036854775808",
                "0.0004",
                "null",
                "true",
                "[1]",
                "{\"a\":1}"
            })
    void aDistanceThatIsNoneIs422(String distance) throws IOException {
        var answer = post("{\"distance\":" + distance + "}");
        assertEquals(422, answer.status(), answer.body());
        assertTrue(answer.error().contains("'distance'"));
        clean(answer);
    }

    /** A second line of defence: in a numeric column, NaN would make every sum NaN. */
    @ParameterizedTest
    @CsvSource({"NaN, 23514", "0, 23514", "-1, 23514", "100000000.001, 23514", "0.0001, 23514", "Infinity, 22003"})
    void theTableTakesNoDistanceThatIsNone(String distance, String state) {
        var refused = assertThrows(PgException.class, () -> API.log()
                .sql("INSERT INTO rides (distance) VALUES ($1::text::numeric)", distance));
        assertEquals(state, refused.getSqlState());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "distance=",
                "distance",
                "distance=1%00",
                "distance=%EF%BB%BF1",
                "distance=1,5",
                "distance=0x1p3"
            })
    void aFormWithoutADistanceIs422(String form) throws IOException {
        var answer = form(form);
        assertEquals(422, answer.status(), answer.body());
    }

    @ParameterizedTest
    @ValueSource(strings = {"distance=1&distance=1", "distance=1&x=1", "distance=%f", "%zz=1"})
    void aFormThatIsMalformedIs400(String form) throws IOException {
        assertEquals(400, form(form).status());
    }

    @Test
    void everyStatusThatHttpPrescribesIsGiven() throws IOException {
        assertEquals(413, post(" ".repeat(17_000)).status());
        assertEquals(
                413,
                raw("POST /rides HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n"
                                + "Transfer-Encoding: chunked\r\n\r\n"
                                + ("1000\r\n" + " ".repeat(4096) + "\r\n").repeat(5)
                                + "0\r\n\r\n")
                        .status());
        assertEquals(
                415,
                TestApi.send(port, "POST", "/rides", Map.of("Content-Type", "text/xml"), "<x/>")
                        .status());
        assertEquals(414, TestApi.get(port, "/" + "x".repeat(9_000)).status());
        assertEquals(
                431,
                TestApi.send(port, "GET", "/status", Map.of("X", "y".repeat(9_000)), "")
                        .status());
        assertEquals(404, TestApi.get(port, "/nothing").status());
        assertEquals(404, TestApi.get(port, "/docs/nothing").status());
        assertEquals(404, TestApi.get(port, "/docs/../../schema.sql").status());
        assertEquals(404, TestApi.get(port, "/docs/%2e%2e/%2e%2e/schema.sql").status());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/rides|GET, HEAD, POST, OPTIONS",
                "/rides/1|GET, HEAD, OPTIONS",
                "/status|GET, HEAD, OPTIONS",
                "/docs|GET, HEAD, OPTIONS",
                "/docs/start.js|GET, HEAD, OPTIONS",
                "/openapi.yaml|GET, HEAD, OPTIONS"
            })
    void otherMethodsAreToldWhatIsAllowed(String path, String allowed) throws IOException {
        for (var method : new String[] {"DELETE", "PATCH", "TRACE", "BREW"}) {
            var answer = TestApi.send(port, method, path, Map.of(), "");
            assertEquals(405, answer.status(), method);
            assertEquals(allowed, answer.headers().get("allow"));
            assertEquals("This method is not allowed here.", answer.error());
        }
        var options = TestApi.send(port, "OPTIONS", path, Map.of(), "");
        assertEquals(204, options.status());
        assertEquals(allowed, options.headers().get("allow"));
        assertEquals("", options.body());
    }

    @ParameterizedTest
    @ValueSource(strings = {"/rides", "/status", "/docs", "/docs/start.js", "/openapi.yaml"})
    void headIsGetWithoutTheBody(String path) throws IOException {
        var get = TestApi.get(port, path);
        var head = TestApi.send(port, "HEAD", path, Map.of(), "");
        assertEquals(200, head.status());
        assertEquals("", head.body());
        assertEquals(get.headers().get("content-length"), head.headers().get("content-length"));
        assertEquals(get.headers().get("content-type"), head.headers().get("content-type"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Content-Length: 14\r\nTransfer-Encoding: chunked",
                "Transfer-Encoding: chunked\r\nContent-Length: 14",
                "Content-Length: 14\r\nContent-Length: 15",
                "Content-Length: 14, 14",
                "Content-Length: +14",
                "Content-Length: -1",
                "Content-Length: 0x0e",
                "Transfer-Encoding: gzip, chunked",
                "Transfer-Encoding: identity",
                "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
                "Transfer-Encoding : chunked",
                "Host: y\r\nContent-Length: 14"
            })
    void aBodyWithTwoPossibleEndsIs400AndTheConnectionIsClosed(String headers) throws IOException {
        var answer = raw("POST /rides HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n" + headers
                + "\r\n\r\n{\"distance\":1}GET /status HTTP/1.1\r\nHost: x\r\n\r\n");
        assertEquals(400, answer.status());
        assertEquals("The request is malformed.", answer.error());
        assertFalse(answer.body().contains("HTTP/1.1"), "answered what was smuggled in: " + answer.body());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET /status HTTP/1.1\r\n\r\n",
                "GET  /status\r\n\r\n",
                "GET /status FOO/1.1\r\nHost: x\r\n\r\n",
                "GET /status http/1.1\r\nHost: x\r\n\r\n",
                "GET /status HTTP/1.1\r\nHost: x\r\nX: a\u0000b\r\n\r\n",
                "\u0016\u0003\u0001x\r\n\r\n",
                "GET /rides/%zz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
            })
    void whatIsNotHttpIs400(String request) throws IOException {
        var answer = raw(request);
        assertEquals(400, answer.status());
        clean(answer);
    }

    @ParameterizedTest
    @CsvSource({
        "after=-1, after",
        "after=x, after",
        "after=, after",
        "after=9223372036854775808, after",
        "limit=0, limit",
        "limit=1001, limit",
        "limit=1e3, limit",
        "limit=1&limit=1, limit",
        "page=1, page"
    })
    void aPageThatIsNoneIs400(String query, String name) throws IOException {
        var answer = TestApi.get(port, "/rides?" + query);
        assertEquals(400, answer.status());
        assertTrue(answer.error().contains("'" + name + "'"), answer.error());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a b", "\"open", "\u00e4"})
    void aKeyThatIsNoneIs400(String key) throws IOException {
        var answer = TestApi.book(port, key, "1");
        assertEquals(400, answer.status());
        assertTrue(answer.error().startsWith("Idempotency-Key must be"), answer.error());
    }

    private Answer post(String body) throws IOException {
        return TestApi.send(port, "POST", "/rides", JSON, body.getBytes(StandardCharsets.UTF_8));
    }

    private Answer form(String body) throws IOException {
        return TestApi.send(port, "POST", "/rides", Map.of("Content-Type", "application/x-www-form-urlencoded"), body);
    }

    private Answer raw(String request) throws IOException {
        return TestApi.raw(port, request);
    }

    private static void clean(Answer answer) {
        assertEquals(1, answer.json().size());
        assertFalse(
                answer.body().matches("(?is).*(exception|vertx|netty|jackson|postgres|select |\\.java).*"),
                answer.body());
    }
}
