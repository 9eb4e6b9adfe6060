package rocketrides;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.schema.CoreSchema;
import rocketrides.config.SettingsLoader;
import rocketrides.runtime.Numbers;
import rocketrides.simulator.SimulatorSettings;
import rocketrides.testing.TestSettings;

/** Checks the Dockerfile, compose.yaml and deploy/, as far as possible without a container engine. */
class DeploymentTest {
    private static final Path DOCKERFILE = Path.of("Dockerfile");
    private static final Path COMPOSE = Path.of("compose.yaml");
    private static final Path KUBERNETES = Path.of("deploy/kubernetes.yaml");
    private static final Path UNIT = Path.of("deploy/rocket-rides-log.service");
    private static final Path PRODUCTION = Path.of("conf/production.yaml");

    /** As in docs/operating.md. */
    private static final long LONGEST_STOP_SECONDS = 30;

    /** One deployed process. {@code grace}: seconds between SIGTERM and SIGKILL. */
    private record Deployed(String name, Map<String, String> environment, long grace) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Deployed> deployed() throws IOException {
        return Stream.concat(inCompose(), inKubernetes());
    }

    private static Stream<Deployed> inCompose() throws IOException {
        return services().entrySet().stream()
                .filter(service ->
                        "rocket-rides-log".equals(map(service.getValue()).get("image")))
                .map(service -> new Deployed(
                        COMPOSE + " " + service.getKey(),
                        texts(map(service.getValue()).get("environment")),
                        seconds((String) map(service.getValue()).get("stop_grace_period"))));
    }

    private static Stream<Deployed> inKubernetes() throws IOException {
        var shared = new HashMap<String, String>();
        documents(KUBERNETES).forEach(document -> List.of("data", "stringData")
                .forEach(key -> shared.putAll(texts(document.getOrDefault(key, Map.of())))));
        return documents(KUBERNETES)
                .filter(document -> "Deployment".equals(document.get("kind")))
                .map(document -> {
                    var pod = map(at(document, "spec", "template", "spec"));
                    var container = map(((List<?>) pod.get("containers")).get(0));
                    var environment = new HashMap<>(shared);
                    ((List<?>) container.get("env"))
                            .forEach(variable ->
                                    environment.put((String) map(variable).get("name"), (String)
                                            map(variable).get("value")));
                    return new Deployed(KUBERNETES + " " + container.get("name"), environment, (Integer)
                            pod.get("terminationGracePeriodSeconds"));
                });
    }

    @ParameterizedTest
    @MethodSource("deployed")
    void eachProcessHasOneRoleAndValidSettings(Deployed deployed) {
        deployed.environment.forEach((name, value) -> SnippetsTest.assertVariable(deployed.name, name, value));
        var settings = SettingsLoader.load(Optional.of(PRODUCTION), deployed.environment, TestSettings.SECTIONS);
        var simulator = settings.of(SimulatorSettings.class);
        var roles = Map.of(
                "api", settings.api().instances(),
                "streamer", settings.streamer().instances(),
                "consumer", settings.consumer().instances(),
                "simulator", simulator.instances());
        roles.forEach((role, instances) ->
                assertEquals(deployed.name.endsWith(" " + role), instances > 0, deployed + " has the role " + role));
        assertEquals("0.0.0.0", settings.api().host());
        assertEquals(port(), settings.api().port());
        assertFalse(settings.postgres().embedded() || settings.redis().embedded(), deployed.name);
        assertTrue(deployed.grace > LONGEST_STOP_SECONDS, "killed after " + deployed.grace + " s");
    }

    @Test
    void theUnitGrantsTheTimeOfAStop() throws IOException {
        assertTrue(seconds(only(UNIT, "TimeoutStopSec=(\\w+)")) > LONGEST_STOP_SECONDS);
    }

    @Test
    void thereIsOnePort() throws IOException {
        var ports = new TreeSet<String>();
        List.of(
                        in(DOCKERFILE, "127\\.0\\.0\\.1:(\\d+)/"),
                        in(COMPOSE, "127\\.0\\.0\\.1:5005-5006:(\\d+)"),
                        in(COMPOSE, "API_PORT: \"(\\d+)\""),
                        in(KUBERNETES, "prometheus.io/port: \"(\\d+)\""),
                        in(KUBERNETES, "containerPort: (\\d+)"),
                        in(Path.of("deploy/prometheus.yml"), "port: (\\d+)"))
                .forEach(found -> {
                    assertFalse(found.isEmpty());
                    ports.addAll(found);
                });
        assertEquals(Set.of("" + port()), ports);
    }

    private static int port() {
        try {
            return (int) Numbers.whole(only(DOCKERFILE, "EXPOSE (\\d+)")).orElseThrow();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Test
    void healthIsAskedForWhereItIsServed() throws IOException {
        var served = Files.readString(Path.of("src/main/java/rocketrides/operations/Health.java"));
        var asked = in(DOCKERFILE, "(/health/\\w+)");
        assertEquals(List.of("/health/ready"), asked);
        asked.addAll(in(KUBERNETES, "(/health/\\w+)"));
        assertEquals(1 + 3 * 3, asked.size(), asked::toString);
        asked.forEach(path -> assertTrue(served.contains('"' + path + '"'), path));
    }

    @Test
    void theImageAndTheUnitRunTheJarThatTheSlimProfileMakes() throws IOException {
        var pom = Files.readString(Path.of("pom.xml"));
        var slim = pom.substring(pom.indexOf("<id>slim</id>"));
        var jar = slim.replaceFirst("(?s).*?<runnable\\.jar>\\$\\{project\\.build\\.directory}/([^<]+)<.*", "$1");
        assertEquals(List.of("target/" + jar), in(DOCKERFILE, "--from=build /build/(\\S+\\.jar)"));
        assertEquals(jar, only(DOCKERFILE, "\"-jar\", \"([^\"]+)\""));
        assertEquals(jar, only(UNIT, "-jar \\S+/(\\S+)"));
        assertTrue(pom.contains("<id>" + only(DOCKERFILE, "shade:shade@(\\w+)") + "</id>"));
        assertEquals(PRODUCTION.toString(), only(DOCKERFILE, "\"--conf\", \"([^\"]+)\""));
    }

    @Test
    void composeNamesFilesAndServicesThatExist() throws IOException {
        for (var mounted : in(COMPOSE, "- \\./(\\S+?):")) {
            assertTrue(Files.exists(Path.of(mounted)), mounted);
        }
        var named = new ArrayList<String>();
        in(Path.of("deploy/prometheus.yml"), "names: \\[(.*)]")
                .forEach(names -> named.addAll(List.of(names.split(", "))));
        named.addAll(in(Path.of("deploy/grafana/datasources/prometheus.yaml"), "url: http://(\\w+):"));
        named.addAll(in(COMPOSE, "API_HOST: (\\S+)"));
        in(COMPOSE, "_URL: (\\S+)").forEach(uri -> named.add(URI.create(uri).getHost()));
        assertEquals(8, named.size(), named::toString);
        assertTrue(services().keySet().containsAll(named), named::toString);
    }

    /** By name. */
    static Map<String, Object> services() throws IOException {
        return map(documents(COMPOSE).findFirst().orElseThrow().get("services"));
    }

    private static Stream<Map<String, Object>> documents(Path file) throws IOException {
        // this schema supports the merge key <<
        var load = new Load(LoadSettings.builder()
                .setLabel(file.toString())
                .setSchema(new CoreSchema())
                .build());
        var documents = load.loadAllFromString(Files.readString(file)).spliterator();
        return StreamSupport.stream(documents, false).map(DeploymentTest::map);
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> map(Object yaml) {
        return (Map<String, Object>) yaml;
    }

    private static Object at(Object yaml, String... path) {
        for (var key : path) {
            yaml = map(yaml).get(key);
        }
        return yaml;
    }

    /** A container gets strings only: a YAML parser may change a number or boolean without quotes. */
    private static Map<String, String> texts(Object yaml) {
        var texts = new HashMap<String, String>();
        map(yaml).forEach((name, value) -> texts.put(name, (String) value));
        return texts;
    }

    private static long seconds(String duration) {
        assertTrue(duration.matches("\\d+s"), duration);
        return Numbers.whole(duration.substring(0, duration.length() - 1)).orElseThrow();
    }

    private static List<String> in(Path file, String pattern) throws IOException {
        var found = new ArrayList<String>();
        Pattern.compile(pattern)
                .matcher(Files.readString(file))
                .results()
                .map((MatchResult match) -> match.group(1))
                .forEach(found::add);
        return found;
    }

    private static String only(Path file, String pattern) throws IOException {
        var found = in(file, pattern);
        assertEquals(1, found.size(), () -> pattern + " in " + file + ": " + found);
        return found.get(0);
    }
}
