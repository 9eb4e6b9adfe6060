package rocketrides;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static rocketrides.testing.Eventually.eventually;

import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import io.vertx.sqlclient.Pool;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import rocketrides.embedded.EmbeddedServers;
import rocketrides.servers.Postgres;
import rocketrides.testing.Guide;
import rocketrides.testing.TestLog;

/** A reader of docs/building.md: nothing but the guide's own files, built against the artifact of this build, and run. */
@ExtendWith(VertxExtension.class)
class BuildingIT {
    private static final Pattern ADDRESS = Pattern.compile("api 1× at (http://127\\.0\\.0\\.1:\\d+)");
    private static final Pattern BODY = Pattern.compile("-d '([^']+)' http://127\\.0\\.0\\.1:5005(/\\w+)");

    private static final Duration LIMIT = Duration.ofMinutes(2);

    @TempDir
    Path directory;

    private final List<Process> started = new ArrayList<>();

    @AfterEach
    void killWhatIsLeft() throws Exception {
        for (var process : started) {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly().waitFor();
        }
    }

    @Test
    void theGuideLeadsToAServiceThatWorks(Vertx vertx) throws Exception {
        var guide = Guide.read();
        for (var file : guide.files().entrySet()) {
            var path = directory.resolve("orders").resolve(file.getKey());
            Files.createDirectories(path.getParent());
            Files.writeString(path, file.getValue());
        }
        installLibrary();
        var output = directory.resolve("run.log");
        var service = maven(output, guide.command("mvn -q compile exec:java"));
        eventually(LIMIT, service, output, () -> ADDRESS.matcher(Files.readString(output))
                .find());
        var said = ADDRESS.matcher(Files.readString(output));
        assertTrue(said.find());
        var address = said.group(1);

        var order = BODY.matcher(guide.command("curl -d"));
        assertTrue(order.find());
        assertEquals(201, post(address + order.group(2), order.group(1)));
        var dataDir = directory.resolve("orders").resolve(".rocket-rides");
        var postgres =
                new Postgres(vertx, EmbeddedServers.running(dataDir).postgres().orElseThrow(), Optional.empty(), 1, 0);
        try {
            TestLog.await(postgres.pool().query(guide.files().get("fuel.sql")).execute());
            var expected = "fuel 1200, rocket 3900; Ada 1, Grace 1";
            eventually(LIMIT, service, output, () -> expected.equals(sales(postgres.pool())));

            TestLog.await(postgres.pool().query("UPDATE revenue SET cents = 0").execute());
            var rewound = directory.resolve("rewind.log");
            var command = maven(rewound, guide.command("mvn -q exec:java"));
            assertTrue(command.waitFor(120, SECONDS));
            assertEquals(0, command.exitValue(), Files.readString(rewound));
            eventually(LIMIT, service, output, () -> expected.equals(sales(postgres.pool())));
        } finally {
            TestLog.await(postgres.close());
        }
        service.destroy();
        assertTrue(service.waitFor(30, SECONDS), () -> "still running after 30 s");
    }

    /** Beside the local repository, which stays as it is. */
    private void installLibrary() throws IOException {
        var version = System.getProperty("version");
        var artifact =
                directory.resolve("repository/rocketrides/rocket-rides-log").resolve(version);
        Files.createDirectories(artifact);
        var name = "rocket-rides-log-" + version;
        Files.copy(Path.of(System.getProperty("library")), artifact.resolve(name + ".jar"));
        Files.copy(Path.of("pom.xml"), artifact.resolve(name + ".pom"));
    }

    /** {@code command}: as in the guide. */
    private Process maven(Path output, String command) throws IOException {
        var words = new ArrayList<>(List.of(
                Path.of("mvnw").toAbsolutePath().toString(),
                "-Dmaven.repo.local=" + directory.resolve("repository"),
                "-Dmaven.repo.local.tail=" + System.getProperty("localRepository")));
        if (System.getProperty("maven").equals("offline=true")) {
            words.add("-o");
        }
        Pattern.compile("[^\\s\"]*\"([^\"]*)\"|\\S+")
                .matcher(command.substring("mvn ".length()))
                .results()
                .forEach(word -> words.add(word.group().replace("\"", "")));
        var builder = new ProcessBuilder(words)
                .directory(directory.resolve("orders").toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile());
        builder.environment()
                .keySet()
                .removeIf(name -> name.matches("ROCKET_RIDES_.*|MAVEN_.*|DATABASE_URL|REDIS_URL"));
        builder.environment().put("API_PORT", "0");
        var process = builder.start();
        started.add(process);
        return process;
    }

    private static int post(String uri, String body) throws Exception {
        var request = HttpRequest.newBuilder(URI.create(uri)).POST(BodyPublishers.ofString(body));
        return HttpClient.newHttpClient()
                .send(request.build(), BodyHandlers.ofString())
                .statusCode();
    }

    private static String sales(Pool pool) {
        return TestLog.await(pool.query(
                                "SELECT (SELECT string_agg(product || ' ' || cents, ', ' ORDER BY product) FROM revenue)"
                                        + " || '; ' || (SELECT string_agg(customer || ' ' || orders, ', ' ORDER BY customer) FROM customers)")
                        .execute())
                .iterator()
                .next()
                .getString(0);
    }
}
