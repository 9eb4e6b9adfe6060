package rocketrides.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static rocketrides.testing.Eventually.eventually;

import io.vertx.core.Vertx;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.json.schema.Draft;
import io.vertx.json.schema.JsonSchema;
import io.vertx.json.schema.JsonSchemaOptions;
import io.vertx.json.schema.OutputFormat;
import io.vertx.json.schema.Validator;
import io.vertx.junit5.VertxExtension;
import java.io.IOException;
import java.time.Duration;
import java.util.Collections;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import rocketrides.config.Settings;
import rocketrides.runtime.Faults;
import rocketrides.testing.TestApi;
import rocketrides.testing.TestApi.Answer;

/** The document says what the code does: every response that it names is provoked, and none that it does not name. */
@ExtendWith(VertxExtension.class)
class OpenApiTest {
    private static final Map<String, String> JSON = Map.of("Content-Type", "application/json");
    private static final String RIDE = "{\"distance\": 1.5}";

    private final Set<String> provoked = new TreeSet<>();
    private TestApi api;
    private JsonObject document;
    private int port;

    @BeforeEach
    void start(Vertx vertx) throws IOException {
        api = new TestApi(vertx);
        port = api.deploy();
        var answer = TestApi.get(port, "/openapi.yaml");
        assertEquals(200, answer.status());
        assertEquals("application/yaml", answer.headers().get("content-type"));
        var yaml = new Load(LoadSettings.builder().build()).loadFromString(answer.body());
        document = new JsonObject(Json.encode(yaml));
    }

    @AfterEach
    void stop() {
        api.close();
    }

    @Test
    void everyDocumentedResponseIsGivenAndEveryGivenOneIsDocumented() throws IOException {
        var nowhere = api.deploy(api.nowhere(), Faults.NONE, TestApi.DEFAULTS);
        books(nowhere);
        looks(nowhere);
        api.log.sql("ALTER TABLE rides RENAME TO gone");
        replay("POST", "/rides", 500, TestApi.send(port, "POST", "/rides", JSON, RIDE));
        eventually(
                "the last reading of the state is too old",
                () -> TestApi.get(port, "/status").status() == 500);
        for (var path : Map.of("/rides", "/rides", "/rides/{id}", "/rides/1", "/status", "/status")
                .entrySet()) {
            replay("GET", path.getKey(), 500, TestApi.get(port, path.getValue()));
        }
        assertEquals(documented(), provoked);
    }

    private void books(int nowhere) throws IOException {
        replay("POST", "/rides", 201, TestApi.send(port, "POST", "/rides", JSON, RIDE));
        TestApi.book(port, "k", "1");
        var replayed = TestApi.book(port, "k", "1");
        assertEquals("true", replayed.headers().get("idempotent-replayed"));
        replay("POST", "/rides", 201, replayed);
        replay("POST", "/rides", 422, TestApi.book(port, "k", "2"));
        replay("POST", "/rides", 422, TestApi.send(port, "POST", "/rides", JSON, ""));
        replay("POST", "/rides", 400, TestApi.send(port, "POST", "/rides", JSON, "{"));
        replay("POST", "/rides", 413, TestApi.send(port, "POST", "/rides", JSON, " ".repeat(20_000)));
        replay("POST", "/rides", 415, TestApi.send(port, "POST", "/rides", Map.of("Content-Type", "text/plain"), "1"));
        replay("POST", "/rides", 503, TestApi.send(nowhere, "POST", "/rides", JSON, RIDE));
        var impatient = new Settings.Api(1, "127.0.0.1", 0, 16_384, 8_192, 10, Duration.ofSeconds(1));
        var slow = "POST /rides HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{";
        replay("POST", "/rides", 408, TestApi.raw(api.deploy(api.pool, Faults.NONE, impatient), slow));
        unreadable("POST", "/rides", "/rides");
    }

    private void looks(int nowhere) throws IOException {
        api.log.sql("INSERT INTO members VALUES ('a', 'streamer', now()), ('b', 'streamer', now())");
        api.log.sql(
                "INSERT INTO assignments VALUES ('streamer', 0, 'a', now() + interval '3 s'), ('audit', 0, NULL, NULL)");
        for (var path : Map.of("/rides", "/rides", "/rides/{id}", "/rides/1", "/status", "/status")
                .entrySet()) {
            replay("GET", path.getKey(), 200, TestApi.get(port, path.getValue()));
            replay("GET", path.getKey(), 503, TestApi.get(nowhere, path.getValue()));
            unreadable("GET", path.getKey(), path.getValue());
        }
        replay("GET", "/rides", 200, TestApi.get(port, "/rides?limit=1"));
        replay("GET", "/rides", 400, TestApi.get(port, "/rides?limit=0"));
        replay("GET", "/rides/{id}", 404, TestApi.get(port, "/rides/4711"));
    }

    private void unreadable(String method, String path, String target) throws IOException {
        replay(method, path, 400, TestApi.raw(port, method + " " + target + " HTTP/1.1\r\nno header\1\r\n\r\n"));
        replay(method, path, 414, TestApi.get(port, target + "?" + "y".repeat(9_000)));
        replay(method, path, 431, TestApi.send(port, method, target, Map.of("X", "y".repeat(9_000)), ""));
    }

    private void replay(String method, String path, int status, Answer answer) {
        var name = method + " " + path + " " + status;
        assertEquals(status, answer.status(), name + answer.body());
        var response = response(method, path, status);
        var type = answer.headers().get("content-type");
        assertValid(
                resolve(response.getJsonObject("content").getJsonObject(type).getJsonObject("schema")),
                Json.decodeValue(answer.body()),
                name);
        var headers = response.getJsonObject("headers", new JsonObject());
        headers.forEach(header -> {
            var described = (JsonObject) header.getValue();
            var given = answer.headers().get(header.getKey().toLowerCase(Locale.ROOT));
            assertTrue(given != null || !described.getBoolean("required", false), name + " without " + header.getKey());
            if (given != null) {
                assertValid(described.getJsonObject("schema"), given, name);
            }
        });
        provoked.add(name);
    }

    private Set<String> documented() {
        return document.getJsonObject("paths").stream()
                .flatMap(path -> ((JsonObject) path.getValue())
                        .stream().flatMap(operation -> ((JsonObject) operation.getValue())
                                .getJsonObject("responses").fieldNames().stream()
                                        .map(status -> operation.getKey().toUpperCase(Locale.ROOT) + " " + path.getKey()
                                                + " " + status)))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private JsonObject response(String method, String path, int status) {
        var responses = document.getJsonObject("paths")
                .getJsonObject(path)
                .getJsonObject(method.toLowerCase(Locale.ROOT))
                .getJsonObject("responses");
        assertTrue(responses.containsKey("" + status), method + " " + path + " " + status + " is not documented");
        return resolve(responses.getJsonObject("" + status));
    }

    /** With what its references point to in their places. */
    private JsonObject resolve(JsonObject object) {
        if (object.containsKey("$ref")) {
            var target = document;
            for (var step : object.getString("$ref").substring(2).split("/")) {
                target = target.getJsonObject(step);
            }
            return resolve(target);
        }
        var resolved = new JsonObject();
        object.forEach(entry -> resolved.put(entry.getKey(), resolve(entry.getValue())));
        return resolved;
    }

    private Object resolve(Object value) {
        if (value instanceof JsonArray array) {
            return new JsonArray(array.stream().map(this::resolve).toList());
        }
        return value instanceof JsonObject object ? resolve(object) : value;
    }

    private static void assertValid(JsonObject schema, Object value, String name) {
        var options = new JsonSchemaOptions()
                .setBaseUri("app://test")
                .setDraft(Draft.DRAFT202012)
                .setOutputFormat(OutputFormat.Basic);
        var result = Validator.create(JsonSchema.of(schema), options).validate(value);
        assertTrue(
                result.getValid(),
                () -> name + ": " + value + " "
                        + (result.getErrors() == null ? Collections.emptyList() : result.getErrors()));
    }
}
