package rocketrides.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.io.IOException;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import rocketrides.testing.TestApi;

@ExtendWith(VertxExtension.class)
class DocumentationTest {
    private static final Pattern LINKED = Pattern.compile("(?:src|href)=\"(/[^\"]*)\"");

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

    @Test
    void thePageAndAllThatItLinksToComeFromHere() throws IOException {
        var page = TestApi.get(port, "/docs");
        assertEquals("text/html; charset=utf-8", page.headers().get("content-type"));
        assertTrue(page.headers().get("content-security-policy").startsWith("default-src 'self'"));
        assertFalse(page.body().contains("://"), "links to somebody else");
        var linked = LINKED.matcher(page.body())
                .results()
                .map(match -> match.group(1))
                .filter(path -> !path.equals("/")) // the live page, which is not the documentation's
                .toList();
        assertEquals(4, linked.size(), linked.toString());
        for (var path : linked) {
            var answer = TestApi.get(port, path);
            assertEquals(200, answer.status(), path);
            assertTrue(answer.body().length() > 50, path);
        }
    }

    @Test
    void theScriptRendersOurDocument() throws IOException {
        assertTrue(TestApi.get(port, "/docs/start.js").body().contains("SwaggerUIBundle({ url: \"/openapi.yaml\""));
    }
}
