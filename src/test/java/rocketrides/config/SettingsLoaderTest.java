package rocketrides.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import rocketrides.config.Settings.Delivery;
import rocketrides.rides.IdempotencySettings;
import rocketrides.simulator.SimulatorSettings;
import rocketrides.testing.TestSettings;

class SettingsLoaderTest {
    @TempDir
    Path directory;

    @Test
    void theDemoIsWhatTheIssueSays() {
        var expected = new Settings(
                new Settings.Postgres("embedded", 8, Optional.empty()),
                new Settings.Redis("embedded", Optional.empty()),
                new Settings.Embedded(Path.of(".rocket-rides")),
                new Settings.Log("rocket-rides-log", 10_000, Delivery.AT_LEAST_ONCE, Duration.ofDays(7), 1),
                new Settings.Api(1, "127.0.0.1", 5005, 16_384, 8_192, 10_000, Duration.ofSeconds(60)),
                new Settings.Streamer(1, 1_000, Duration.ofSeconds(1)),
                new Settings.Consumer(2, 1_000),
                new Settings.Failures(OptionalLong.empty(), 0.1, 0.1, 0),
                new Settings.Audit(Duration.ofSeconds(1)),
                new Settings.Dashboard(true),
                new Settings.Logging(Settings.Logging.Format.TEXT),
                new Settings.Tracing(Optional.empty(), 1),
                Map.of(
                        IdempotencySettings.class,
                        new IdempotencySettings(Duration.ofHours(24)),
                        SimulatorSettings.class,
                        new SimulatorSettings(
                                1,
                                new Settings.DurationRange(Duration.ZERO, Duration.ofSeconds(2)),
                                1,
                                "127.0.0.1",
                                0,
                                new BigDecimal("5.000"),
                                new BigDecimal("1000.000"))));
        assertEquals(expected, TestSettings.load(Map.of()));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "# nothing\n", "---\n", "{}", "null\n", "streamer:\napi:\n", "streamer: {}\n", "\uFEFF"})
    void anEmptyFileMeansTheDemo(String yaml) throws IOException {
        assertEquals(TestSettings.load(Map.of()), load(yaml));
    }

    @ParameterizedTest
    @ValueSource(strings = {"demo", "production", "load"})
    void shippedFilesAreValidAndGiveEveryKeyAComment(String name) throws IOException {
        Path path = Path.of("conf", name + ".yaml");
        SettingsLoader.load(Optional.of(path), Map.of(), TestSettings.SECTIONS);

        String yaml = Files.readString(path);
        var file = new SettingsFile(name, yaml);
        var table = new SettingsLoader(file, Map.of());
        table.read(TestSettings.SECTIONS);
        assertEquals(table.known, file.values.keySet());
        assertFalse(yaml.lines()
                .anyMatch(line -> line.matches("  [a-z].*") && !line.contains("#") && !line.contains("max-distance")));
        assertEquals(yaml, resource("/conf/" + name + ".yaml"));
    }

    @Test
    void productionInjectsNoFailuresAndBooksNoRides() {
        Settings production =
                SettingsLoader.load(Optional.of(Path.of("conf/production.yaml")), Map.of(), TestSettings.SECTIONS);
        assertEquals(new Settings.Failures(OptionalLong.empty(), 0, 0, 0), production.failures());
        assertEquals(0, production.of(SimulatorSettings.class).instances());
        assertEquals(Delivery.IDEMPOTENT, production.log().delivery());
        assertFalse(production.postgres().embedded() || production.redis().embedded());
    }

    @Test
    void loadRunsFlatOutWithoutFailures() {
        Settings load = SettingsLoader.load(Optional.of(Path.of("conf/load.yaml")), Map.of(), TestSettings.SECTIONS);
        assertEquals(new Settings.Failures(OptionalLong.empty(), 0, 0, 0), load.failures());
        assertEquals(
                new Settings.DurationRange(Duration.ZERO, Duration.ZERO),
                load.of(SimulatorSettings.class).pause());
        assertTrue(load.of(SimulatorSettings.class).concurrency() >= 64);
        assertTrue(load.postgres().embedded() && load.redis().embedded());
    }

    @ParameterizedTest
    @CsvSource({
        "DATABASE_URL, postgresql://u:p@db/rides",
        "ROCKET_RIDES_POSTGRES_URI, postgres://u:p@db/rides",
    })
    void environmentOverridesThePostgresUri(String variable, String uri) {
        Settings settings = TestSettings.load(Map.of(variable, uri));
        assertEquals(uri, settings.postgres().uri());
    }

    @Test
    void environmentOverridesTheFileAndTheSpecificNameTheOriginalOne() throws IOException {
        Settings settings = load(
                "api: {port: 1}\nlog: {stream: a}\nstreamer: {batch-size: 7}\n",
                Map.of(
                        "API_PORT", "2",
                        "ROCKET_RIDES_API_PORT", "3",
                        "STREAM_NAME", "b",
                        "REDIS_URL", "rediss://:p@r:6380/2",
                        "ROCKET_RIDES_STREAMER_BATCH_SIZE", "8",
                        "PATH", "/bin"));
        assertEquals(3, settings.api().port());
        assertEquals("b", settings.log().stream());
        assertEquals("rediss://:p@r:6380/2", settings.redis().uri());
        assertEquals(8, settings.streamer().batchSize());
    }

    @Test
    void everyKeyHasAVariableOfItsOwn() {
        SettingsLoader table = table();
        var variables =
                table.known.stream().map(SettingsLoader::variable).distinct().toList();
        assertEquals(table.known.size(), variables.size());
        variables.forEach(variable -> {
            List<String> errors = errors("", Map.of(variable, ""));
            assertEquals(1, errors.size(), variable);
            assertContains(errors.get(0), " = '' in the environment variable " + variable + " is empty; allowed: ");
        });
    }

    @Test
    void everyKeyRefusesEmptyAndNestedValues() {
        for (String key : table().known) {
            String[] name = key.split("\\.");
            for (String value : List.of("", "''", "~", "[1]", "{a: 1}", "!!null null")) {
                List<String> errors = errors(name[0] + ":\n  " + name[1] + ": " + value + "\n");
                assertEquals(1, errors.size(), key + ": " + value + errors);
                assertContains(errors.get(0), key, "line 2", "; allowed: ");
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "postgres.pool-size, 0, 1, 1000, 1001",
        "log.max-length, 0, 1, 1000000000000, 1000000000001",
        "log.retention, 59s, 1m, 36500d, 36501d",
        "api.instances, -1, 0, 64, 65",
        "api.port, -1, 0, 65535, 65536",
        "api.max-body, 63, 64, 8388608, 8388609",
        "api.max-header, 1023, 1024, 1048576, 1048577",
        "api.max-connections, 0, 1, 1000000, 1000001",
        "api.idle-timeout, 999ms, 1s, 1h, 3601s",
        "api.idempotency-retention, 59s, 1m, 36500d, 36501d",
        "streamer.instances, -1, 0, 64, 65",
        "streamer.batch-size, 0, 1, 10000, 10001",
        "streamer.poll-interval, 0ms, 1ms, 1h, 61m",
        "consumer.instances, -1, 0, 100, 101",
        "consumer.batch-size, 0, 1, 10000, 10001",
        "simulator.instances, -1, 0, 64, 65",
        "simulator.pause, -1s, 0s, 1d, 25h",
        "simulator.concurrency, 0, 1, 10000, 10001",
        "simulator.min-distance, 0, 0.001, 1000, 100000000.001",
        "simulator.max-distance, 0, 5, 100000000, 100000000.001",
        "failures.seed, -9223372036854775809, -9223372036854775808, 9223372036854775807, 9223372036854775808",
        "failures.streamer-after-publish, -0.1, 0, 1, 1.1",
        "failures.consumer-before-save, -0.1, 0, 1, 1.1",
        "failures.api-before-commit, -0.1, 0, 1, 1.1",
    })
    void everyNumberHasItsRange(String key, String below, String least, String most, String above) {
        for (String value : List.of(least, most)) {
            assertEquals(List.of(), errors("", Map.of(SettingsLoader.variable(key), value)));
        }
        for (String value : List.of(below, above)) {
            List<String> errors = errors("", Map.of(SettingsLoader.variable(key), value));
            assertEquals(1, errors.size(), value);
            assertContains(errors.get(0), key + " = '" + value + "' in the environment variable ", "; allowed: ");
        }
    }

    @Test
    void reportsAllErrorsAtOnceEachWithKeyValueOriginAndWhatIsAllowed() {
        List<String> errors = errors(
                "streamer:\n  batch-size: 0\n  batchSize: 5\nlog:\n  delivery: exactly-once\n",
                Map.of("API_PORT", "http", "ROCKET_RIDES_API_PROT", "1"));
        assertEquals(5, errors.size(), errors.toString());
        String all = String.join("\n", errors).replace(directory.toString(), "");
        assertContains(
                all,
                "streamer.batch-size = '0' in /test.yaml, line 2 is not valid; allowed: a whole number from 1 to 10000",
                "log.delivery = 'exactly-once' in /test.yaml, line 5 is not valid; allowed: at-least-once or idempotent",
                "api.port = 'http' in the environment variable API_PORT is not valid; allowed: a port from 0 to 65535",
                "streamer.batchSize = '5' in /test.yaml, line 3 is unknown; streamer has instances, batch-size,"
                        + " poll-interval; did you mean streamer.batch-size?",
                "ROCKET_RIDES_API_PROT = '1' in the environment is unknown; did you mean ROCKET_RIDES_API_PORT?");
    }

    @Test
    void saysWhatIsWrongWithAUri() {
        List<String> errors = errors("", Map.of("DATABASE_URL", "postgresql://u:p@h/d?ssl=true"));
        assertEquals(1, errors.size());
        assertContains(
                errors.get(0),
                "postgres.uri = 'postgresql://u:***@h/d?ssl=true' in the environment variable DATABASE_URL is not valid:"
                        + " its parameter ssl is unknown; did you mean sslmode?; allowed: embedded, or postgresql://");
    }

    @Test
    void whatKubernetesSetsForServicesIsNoSetting() {
        var links = Map.ofEntries(
                Map.entry("ROCKET_RIDES_SERVICE_HOST", "10.0.0.1"),
                Map.entry("ROCKET_RIDES_SERVICE_PORT", "80"),
                Map.entry("ROCKET_RIDES_SERVICE_PORT_HTTP", "80"),
                Map.entry("ROCKET_RIDES_PORT", "tcp://10.0.0.1:80"),
                Map.entry("ROCKET_RIDES_PORT_80_TCP", "tcp://10.0.0.1:80"),
                Map.entry("ROCKET_RIDES_PORT_80_TCP_PROTO", "tcp"),
                Map.entry("ROCKET_RIDES_PORT_80_TCP_PORT", "80"),
                Map.entry("ROCKET_RIDES_PORT_80_TCP_ADDR", "10.0.0.1"),
                Map.entry("ROCKET_RIDES_API_SERVICE_HOST", "fd00::1"),
                Map.entry("ROCKET_RIDES_API_PORT", "udp://[fd00::1]:80"),
                Map.entry("API_PORT", "tcp://10.0.0.1:80"));
        assertEquals(TestSettings.load(Map.of()), TestSettings.load(links));
        assertEquals(links.keySet(), Set.copyOf(ServiceLinks.in(links)));
        assertEquals(List.of(), ServiceLinks.in(Map.of("API_SERVICE_HOST", "10.0.0.1", "DATABASE_PORT", "tcp://d:1")));
    }

    @ParameterizedTest
    @CsvSource({
        "ROCKET_RIDES_SERVICE_HOST, example.com",
        "ROCKET_RIDES_SERVICE_PORT, http",
        "ROCKET_RIDES_PORT, 80",
        "ROCKET_RIDES_API_PORT, http://10.0.0.1:80",
        "ROCKET_RIDES_API_PORT, tcp",
        "ROCKET_RIDES_API_HOST, tcp://10.0.0.1:80",
        "API_PORT, tcp://10.0.0.1",
        "API_PORT, tcp://u:p@10.0.0.1:80",
    })
    void allElseStaysRefused(String variable, String value) {
        assertEquals(1, errors("", Map.of(variable, value)).size());
    }

    @Test
    void refusesWhatTheLocaleCouldNotRead() {
        List<String> errors = errors("", Map.of("STREAM_NAME", "donn\uFFFD\uFFFDes"));
        assertEquals(1, errors.size());
        assertContains(errors.get(0), "log.stream = ", "in the environment variable STREAM_NAME", "set LC_ALL=C.UTF-8");
    }

    @Test
    void theExceptionsMessageHoldsEveryError() {
        var e = assertThrows(InvalidSettingsException.class, () -> load("api: {port: -1, host: ''}"));
        assertEquals(2, e.errors().size());
        e.errors().forEach(error -> assertContains(e.getMessage(), error));
    }

    @Test
    void errorsAreInTheOrderOfTheFilesLinesAndThoseOfTheEnvironmentComeLast() {
        var yaml = """
                streamer: {instances: -1}
                nonsense: 1
                consumer:
                  batch-size: 0
                  batch-size: 0
                api:
                  prot: 1
                  port: -1
                log: {stream: ''}
                """;
        var lines = errors(yaml, Map.of("STREAM_NAME", "")).stream()
                .map(error -> error.replaceFirst("(?s)^.*?(line \\d+|environment).*$", "$1"))
                .toList();
        assertEquals(
                List.of("line 1", "line 2", "line 4", "line 4", "line 7", "line 8", "line 9", "environment"), lines);
    }

    @Test
    void refusesAnInvalidValueEvenIfAnotherOneOutranksIt() {
        assertEquals(1, errors("api: {port: x}", Map.of("API_PORT", "1")).size());
        assertEquals(
                1,
                errors("", Map.of("API_PORT", "x", "ROCKET_RIDES_API_PORT", "1"))
                        .size());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "streamers: {batch-size: 1}    | sections are postgres, redis, | streamer.batch-size",
                "postgres: {poolsize: 1}       | postgres has uri, pool-size, ca-file;  | postgres.pool-size",
                "postgres: {POOL_SIZE: 1}      | postgres has uri, pool-size, ca-file;  | postgres.pool-size",
                "redis: {url: embedded}        | redis has uri, ca-file;                | redis.uri",
                "streamer: {pool-size: 1}      | streamer has instances        | postgres.pool-size",
                "streamer: {intances: 1}       | streamer has instances        | streamer.instances",
                "failures: {sede: 1}           | failures has seed             | failures.seed",
                "streamers:                    | sections are postgres         | streamer",
                "apis: {}                      | sections are postgres         | api",
                "retention: 7d                 | sections are postgres         | log.retention",
                "streamer.batch-size: 5        | sections are postgres         | streamer.batch-size",
                "'': {'': 1}                   | sections are postgres         | api.host",
            })
    void namesWhatIsKnownAndTheNearestForWhatIsNot(String yaml, String known, String nearest) {
        List<String> errors = errors(yaml);
        assertEquals(1, errors.size(), errors.toString());
        assertContains(errors.get(0), "is unknown", known);
        if (!yaml.startsWith("''")) {
            assertContains(errors.get(0), "did you mean " + nearest + "?");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "api: 5                             | api = '5' in FILE, line 1 is not valid; allowed: the section's keys",
                "api: [1]                           | api = (not a single value) in FILE, line 1 is not valid; allowed:",
                "- api                              | FILE, line 1 is not valid; allowed: a mapping of sections",
                "api                                | FILE, line 1 is not valid; allowed: a mapping of sections",
                "api: {port: 1, host: h, port: 2}   | api.port is given twice: in FILE, line 1 and in FILE, line 1",
                "api:\\n  port: 1\\napi:\\n  host: h | api is given twice: in FILE, line 1 and in FILE, line 3",
                "api: {}\\n--- \\nlog: {}           | FILE, line 2 starts a second document",
                "api:\\n  port: 1\\n host: h        | FILE, line 3 is not YAML: ",
                "api:\\n\\tport: 1                  | FILE, line 2 is not YAML: ",
                "api: {port: 1                      | is not YAML: ",
                "api: \\u0007                       | is not YAML: ",
                "? [a]\\n: 1                        | FILE, line 1 has a key that is not valid",
                "api: &a {port: 1}\\nlog: *a        | log.port = '1' in FILE, line 1 is unknown; log has stream,",
            })
    void saysWhereTheFileItselfIsWrong(String yaml, String expected) {
        String text = yaml.replace("\\n", "\n").replace("\\t", "\t").replace("\\u0007", "\u0007");
        List<String> errors = errors(text);
        assertEquals(1, errors.size(), errors.toString());
        assertContains(errors.get(0), expected.replace("FILE", file().toString()));
    }

    @Test
    void saysWhyAFileCannotBeRead() throws IOException {
        Path missing = directory.resolve("missing.yaml");
        assertEquals(List.of(missing + " does not exist"), errorsOf(missing));
        assertContains(errorsOf(directory).get(0), directory + " cannot be read: ");

        Files.write(file(), new byte[] {'a', (byte) 0xff});
        assertEquals(List.of(file() + " is not UTF-8 text"), errorsOf(file()));

        Files.write(file(), new byte[1 << 20]);
        assertEquals(List.of(file() + " is too long; allowed: 65536 bytes"), errorsOf(file()));
    }

    @Test
    void refusesDeepNestingWithoutExhaustingTheStack() {
        for (String yaml :
                List.of("[".repeat(60_000), "api: " + "[".repeat(60_000), "api: {port: " + "{a: ".repeat(10_000))) {
            assertContains(errors(yaml).toString(), "more than 20 times");
        }
    }

    @Test
    void refusesAMinimumDistanceAboveTheMaximum() {
        List<String> errors = errors("simulator: {min-distance: 1000.001}");
        assertEquals(
                List.of("simulator is not valid: min-distance is 1000.001, allowed: at most max-distance, which is"
                        + " 1000.000"),
                errors);
        assertTrue(errors("simulator: {min-distance: 7, max-distance: 7}").isEmpty());
        assertEquals(
                1, errors("simulator: {min-distance: 2000, max-distance: x}").size());
    }

    /** An application's own: keys for a section of the program's, and a section. */
    record Limits(
            @Setting(value = "3", in = "1..9", variable = "TRIES")
            int maxTries) {}

    record Prices(
            @Setting(value = "1", in = "0..100") BigDecimal least,
            @Setting("list") String name) {
        Prices {
            if (name.isBlank() || name.length() > 10) {
                throw new IllegalArgumentException("its name has more than 10 characters");
            }
        }
    }

    @Test
    void anApplicationAddsASectionAndKeysToOthers() throws IOException {
        Map<Class<? extends Record>, String> own = Map.of(Limits.class, "api", Prices.class, "prices");
        var file = Optional.of(Files.writeString(file(), "api: {port: 1, max-tries: 4}\nprices: {least: 2.5}\n"));
        var settings = SettingsLoader.load(file, Map.of("ROCKET_RIDES_PRICES_NAME", "b"), own);
        assertEquals(4, settings.of(Limits.class).maxTries());
        assertEquals(1, settings.api().port());
        assertEquals(new Prices(new BigDecimal("2.500"), "b"), settings.of(Prices.class));
        assertEquals(
                5,
                SettingsLoader.load(Optional.empty(), Map.of("TRIES", "5"), own)
                        .of(Limits.class)
                        .maxTries());
        assertThrows(IllegalArgumentException.class, () -> settings.of(SimulatorSettings.class));

        var environment =
                Map.of("TRIES", "10", "ROCKET_RIDES_PRICES_NAME", "longer than ten", "ROCKET_RIDES_PRICE", "");
        var refused = assertThrows(InvalidSettingsException.class, () -> SettingsLoader.load(file, environment, own));
        assertEquals(3, refused.errors().size(), refused.errors()::toString);
        assertContains(
                refused.getMessage(),
                "api.max-tries = '10' in the environment variable TRIES is not valid; allowed: a whole number from 1 to 9",
                "prices is not valid: its name has more than 10 characters",
                "ROCKET_RIDES_PRICE = '' in the environment is unknown; did you mean ROCKET_RIDES_");
    }

    @Test
    void twoRecordsWithOneKeyAreRefused() {
        record Again(@Setting("127.0.0.1") String host) {}
        var refused = assertThrows(
                IllegalArgumentException.class,
                () -> SettingsLoader.load(Optional.empty(), Map.of(), Map.of(Again.class, "api")));
        assertContains(refused.getMessage(), "api.host");
    }

    private Settings load(String yaml) throws IOException {
        return load(yaml, Map.of());
    }

    private Settings load(String yaml, Map<String, String> environment) throws IOException {
        return SettingsLoader.load(Optional.of(Files.writeString(file(), yaml)), environment, TestSettings.SECTIONS);
    }

    private List<String> errors(String yaml) {
        return errors(yaml, Map.of());
    }

    private List<String> errors(String yaml, Map<String, String> environment) {
        try {
            load(yaml, environment);
            return List.of();
        } catch (InvalidSettingsException e) {
            return e.errors();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static List<String> errorsOf(Path path) {
        return assertThrows(
                        InvalidSettingsException.class,
                        () -> SettingsLoader.load(Optional.of(path), Map.of(), TestSettings.SECTIONS))
                .errors();
    }

    private Path file() {
        return directory.resolve("test.yaml");
    }

    private static SettingsLoader table() {
        var table = new SettingsLoader(new SettingsFile("", ""), Map.of());
        table.read(TestSettings.SECTIONS);
        return table;
    }

    private static String resource(String name) throws IOException {
        try (var in = SettingsLoader.class.getResourceAsStream(name)) {
            return new String(in.readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        }
    }

    private static void assertContains(String text, String... parts) {
        for (String part : parts) {
            assertTrue(text.contains(part), () -> "<" + part + "> is not in: " + text);
        }
    }
}
