package rocketrides.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import rocketrides.testing.LogCapture;
import rocketrides.testing.RefusingApi;
import rocketrides.testing.TestApi;

/** Requests that the libraries below our routes refuse get responses in our format, and are not logged. */
class BelowTheRouterTest {
    private static final String RIDE = "{\"distance\":1}";

    @RegisterExtension
    static final RefusingApi API = new RefusingApi();

    private final int port = API.port();
    private LogCapture log;

    @BeforeEach
    void listen() {
        log = new LogCapture();
    }

    @AfterEach
    void nothingIsNews() {
        log.close();
        assertEquals(
                List.of(),
                log.lines().stream().filter(line -> !line.startsWith("INFO")).toList());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "Expect: foo|417|No expectation but 100-continue can be met.",
                "Expect: 100-continue, foo|417|No expectation but 100-continue can be met.",
                "Content-Encoding: gzip|415|The body must be sent as it is, without a Content-Encoding.",
                "Content-Encoding: nonsense|415|The body must be sent as it is, without a Content-Encoding."
            })
    void aHeaderThatCannotBeObeyedIsRefused(String header, int status, String error) throws IOException {
        var answer = post("Content-Type: application/json\r\n" + header, RIDE);
        assertEquals(status, answer.status());
        assertEquals(error, answer.error());
    }

    @ParameterizedTest
    @ValueSource(strings = {"HTTP/2.0", "HTTP/3.0", "HTTP/1.2", "HTTP/0.9"})
    void anotherVersionOfHttpIs505(String version) throws IOException {
        for (var request : List.of(
                "GET /status " + version + "\r\nHost: x\r\n\r\n",
                "POST /rides " + version + "\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: "
                        + RIDE.length() + "\r\n\r\n" + RIDE,
                "PRI * " + version + "\r\n\r\nSM\r\n\r\n")) {
            var answer = TestApi.raw(port, request);
            assertEquals(505, answer.status());
            assertEquals("Only HTTP/1.0 and HTTP/1.1 are understood.", answer.error());
        }
    }

    /** Known only after the head. The response still comes before the connection is closed. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "zz\r\n{}\r\n0\r\n\r\n",
                "ffffffffffffffff\r\n{}\r\n0\r\n\r\n",
                "-1\r\n{}\r\n0\r\n\r\n",
                "e\r\n" + RIDE + "\r\n0\r\nno trailer\r\n\r\n",
                "e\r\n" + RIDE + "\r\n0\r\nX: LONG\r\n\r\n",
                "e;LONG\r\n" + RIDE + "\r\n0\r\n\r\n"
            })
    void aBodyInMalformedChunksIs400(String body) throws IOException {
        var answer = TestApi.raw(
                port,
                "POST /rides HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
                        + body.replace("LONG", "y".repeat(20_000)));
        assertEquals(400, answer.status());
        assertEquals("The request is malformed.", answer.error());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=\"\""})
    void aMultipartFormWithoutABoundaryIs415(String type) throws IOException {
        assertTrue(post("Content-Type: " + type, "abcd").error().startsWith("The body must be"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"a=1&b", "1"})
    void aFormBeyondTheLimitsOfTheParserIs400(String part) throws IOException {
        var answer = post("Content-Type: application/x-www-form-urlencoded", part.repeat(9_000 / part.length()));
        assertEquals(400, answer.status());
        assertEquals("The request is malformed.", answer.error());
    }

    @ParameterizedTest
    @ValueSource(strings = {"bytes=5-2", "bytes=99999999-", "bytes=99999999999999999999-"})
    void aRangeThatIsNoneIs416(String range) throws IOException {
        var answer = get("/docs/swagger-ui.css", "Range: " + range);
        assertEquals(416, answer.status());
        assertEquals("Requested Range Not Satisfiable.", answer.error());
    }

    @ParameterizedTest
    @CsvSource({
        "/%zz, 400",
        "/rides/%, 400",
        "/rides?after=%zz, 400",
        "?x, 400",
        "http://x, 404",
        "*, 404",
        "status, 404",
        "/docs/%00, 404",
        "/docs/%2e%2e%2f, 404",
        "/docs/..%5c..%5cx, 404",
        "/docs/%ff, 404"
    })
    void aTargetThatIsNoneIsRefused(String target, int status) throws IOException {
        var answer = get(target, "A: b");
        assertEquals(status, answer.status());
        assertFalse(answer.error().isEmpty());
    }

    @ParameterizedTest
    @CsvSource({"CONNECT x:80, 404", "CONNECT /rides, 405", "OPTIONS *, 404", "get /status, 405", "G@T /status, 400"})
    void aMethodThatIsNoneIsRefused(String methodAndTarget, int status) throws IOException {
        var answer = TestApi.raw(port, methodAndTarget + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        assertEquals(status, answer.status());
        assertFalse(answer.error().isEmpty());
    }

    @ParameterizedTest
    @ValueSource(strings = {"a b", "[::1", "x:99999"})
    void aHostThatIsNoneIs400(String host) throws IOException {
        var answer = TestApi.raw(port, "GET /status HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n");
        assertEquals(400, answer.status());
        assertEquals("The request is malformed.", answer.error());
    }

    /** Another protocol in an Upgrade may be ignored. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13",
                "Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA",
                "Upgrade: foo\r\nConnection: Upgrade"
            })
    void anUpgradeIsIgnored(String headers) throws IOException {
        assertEquals(200, get("/status", headers).status());
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://elsewhere.example/status", "//status"})
    void aTargetInAnotherFormIsUnderstood(String target) throws IOException {
        assertEquals(200, get(target, "A: b").status());
    }

    @ParameterizedTest
    @ValueSource(strings = {"Content-Length: 500\r\n\r\n{", "Transfer-Encoding: chunked\r\n\r\n5\r\n{"})
    void aClientThatGoesInTheMiddleOfABodyIsNoNews(String rest) throws Exception {
        try (var socket = new Socket("127.0.0.1", port)) {
            socket.getOutputStream()
                    .write(("POST /rides HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n" + rest)
                            .getBytes(StandardCharsets.US_ASCII));
            socket.shutdownOutput();
            TestApi.readAll(socket);
        }
    }

    private TestApi.Answer post(String headers, String body) throws IOException {
        return TestApi.raw(
                port,
                "POST /rides HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + headers + "\r\nContent-Length: "
                        + body.length() + "\r\n\r\n" + body);
    }

    private TestApi.Answer get(String target, String headers) throws IOException {
        return TestApi.raw(
                port, "GET " + target + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + headers + "\r\n\r\n");
    }
}
