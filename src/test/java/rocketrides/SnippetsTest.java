package rocketrides;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;
import static rocketrides.testing.TestLog.await;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import rocketrides.config.Settings.Delivery;
import rocketrides.config.SettingsLoader;
import rocketrides.consumer.Rewind;
import rocketrides.runtime.Faults;
import rocketrides.testing.RideLengths;
import rocketrides.testing.TestLog;
import rocketrides.testing.TestRole;
import rocketrides.testing.TestServers;
import rocketrides.testing.TestSettings;

/** Tries each snippet in the documents, as far as a test can. */
class SnippetsTest {
    private static final Pattern CLASS = Pattern.compile("class (\\w+)");
    private static final Pattern LINK = Pattern.compile("\\]\\((?!https?:)([^)#]*)#?([^)]*)\\)");
    private static final Pattern HEADING = Pattern.compile("(?m)^#+ (.*)$");
    private static final Pattern NAMED_TEST = Pattern.compile("`(\\w+[a-z](?:Test|IT))(?:\\.(\\w+))?`");
    private static final Pattern INLINE = Pattern.compile("(?<!`)`([^`\n]+)`(?!`)");
    private static final Pattern WORD = Pattern.compile("(?:'[^']*'|\"[^\"]*\"|[^\\s'\"])+");
    private static final Pattern ASSIGNMENT = Pattern.compile("([A-Z_]+)=(.*)");

    /** {@code language}: that of the code fence; empty without one, or if the snippet is indented or inline. */
    private record Snippet(Path file, String language, String text) {}

    private static List<Path> documents() throws IOException {
        try (var top = Files.list(Path.of(""));
                var docs = Files.walk(Path.of("docs"))) {
            return Stream.concat(top, docs)
                    .filter(file -> file.toString().endsWith(".md"))
                    .sorted()
                    .toList();
        }
    }

    private static List<Snippet> snippets() throws IOException {
        var snippets = new ArrayList<Snippet>();
        for (var file : documents()) {
            if (file.endsWith("building.md")) {
                continue; // its files and commands belong to another program: see GuideTest and BuildingIT
            }
            blocks(file, Files.readAllLines(file), snippets);
        }
        return snippets;
    }

    private static void blocks(Path file, List<String> lines, List<Snippet> snippets) {
        for (int i = 0; i < lines.size(); i++) {
            var line = lines.get(i);
            var text = new StringBuilder();
            if (line.startsWith("```")) {
                while (!lines.get(++i).equals("```")) {
                    text.append(lines.get(i)).append('\n');
                }
                snippets.add(new Snippet(file, line.substring(3), text.toString()));
            } else if (line.startsWith("    ") && lines.get(i - 1).isEmpty()) {
                for (; i < lines.size() && lines.get(i).startsWith("    "); i++) {
                    text.append(lines.get(i).substring(4)).append('\n');
                }
                snippets.add(new Snippet(file, "", text.toString()));
            } else {
                INLINE.matcher(line)
                        .results()
                        .forEach(span -> snippets.add(new Snippet(file, "", span.group(1) + "\n")));
            }
        }
    }

    private static List<String> inLanguage(String language) throws IOException {
        return snippets().stream()
                .filter(snippet -> snippet.language.equals(language))
                .map(Snippet::text)
                .toList();
    }

    @Test
    void javaIsQuotedFromAClassThatIsCompiledAndTested() throws IOException {
        for (var java : inLanguage("java")) {
            var name = CLASS.matcher(java);
            assertTrue(name.find(), java);
            var source = Files.readString(Path.of("src/test/java/rocketrides/testing", name.group(1) + ".java"));
            assertEquals(source.substring(Math.max(0, source.indexOf("/**"))), java);
        }
    }

    @Test
    void theConsumerOfTheReadmeCountsEachRideOnceAndCanBeRewound(@TempDir Path directory) throws Exception {
        try (var log = new TestLog(Delivery.AT_LEAST_ONCE)) {
            for (var sql : inLanguage("sql")) {
                await(log.pool.query(sql).execute());
            }
            if (TestServers.secured()) {
                log.sql("GRANT ALL ON ride_lengths TO rocket_rides_consumer");
            }
            log.stage(1_010);
            log.relay(log.streamer(log.stream(), Faults.NONE, 200));
            var names = List.of("consumer0", "consumer1");
            var lengths = new RideLengths();
            for (var name : names) {
                log.consume(log.consumer(name, lengths), name);
            }
            await(new Rewind(log.pool(TestRole.OPERATOR), log.store(TestRole.OPERATOR), lengths)
                    .rewind("consumer1", 500, offset -> {}));
            assertEquals(500, log.number("SELECT shorter FROM ride_lengths WHERE consumer = 'consumer1'"));
            log.consume(log.consumer("consumer1", lengths), "consumer1");
            for (var name : names) {
                var row = log.row("SELECT shorter, longer FROM ride_lengths WHERE consumer = $1", name);
                assertEquals(List.of(999L, 11L), List.of(row.getLong(0), row.getLong(1)), name);
            }
            var conf = Files.writeString(directory.resolve("conf.yaml"), log.configuration(TestRole.MONITORING));
            var said = new StringWriter();
            assertEquals(
                    0,
                    Main.program()
                            .commandLine()
                            .setOut(new PrintWriter(said))
                            .execute("audit", "--conf", conf.toString()),
                    said::toString);
        }
    }

    @Test
    void queriesRun() throws IOException {
        try (var log = new TestLog(Delivery.AT_LEAST_ONCE)) {
            snippets().stream()
                    .map(Snippet::text)
                    .filter(text -> text.startsWith("SELECT "))
                    .forEach(query -> await(log.pool.query(query).execute()));
        }
    }

    @Test
    void jsonAndYamlCanBeRead(@TempDir Path directory) throws IOException {
        for (var json : inLanguage("json")) {
            new JsonObject(json.startsWith("{") ? json : "{" + json + "}");
        }
        for (var yaml : inLanguage("yaml")) {
            var file = Files.writeString(directory.resolve("conf.yaml"), yaml);
            SettingsLoader.load(Optional.of(file), Map.of(), TestSettings.SECTIONS);
        }
    }

    @Test
    void commandsExist() throws IOException {
        int tried = 0;
        for (var snippet : snippets()) {
            for (var line : snippet.text.replace("\\\n", " ").lines().toList()) {
                if (line.matches(
                        "(\\./mvnw|java (-X\\S+ )*-jar|(bin/)?rocket-rides-log|curl|psql|docker compose|consumer re\\w+) .*|[A-Z_]+=.* .*")) {
                    command(snippet.file + ": " + line, words(line));
                    tried++;
                }
            }
        }
        assertTrue(tried > 30, "only " + tried + " commands found");
    }

    private static List<String> words(String line) {
        return WORD.matcher(line.replaceFirst("\\s# .*", ""))
                .results()
                .map(word -> word.group().replaceAll("['\"]", ""))
                .toList();
    }

    private static void command(String where, List<String> words) throws IOException {
        var environment = ASSIGNMENT.matcher(words.get(0));
        if (environment.matches()) {
            assertVariable(where, environment.group(1), environment.group(2));
            command(where, words.subList(1, words.size()));
            return;
        }
        var arguments = words.subList(1, words.size());
        switch (words.get(0)) {
            case "./mvnw" -> maven(where, arguments);
            case "java" -> {
                var jar = arguments.subList(arguments.indexOf("-jar") + 1, arguments.size());
                assertTrue(jar.get(0).matches("target/rocket-rides-log(-slim)?\\.jar"), where);
                program(where, jar.subList(1, jar.size()));
            }
            case "rocket-rides-log", "bin/rocket-rides-log" -> program(where, arguments);
            case "consumer" -> program(where, words);
            case "psql" -> files(where, "-f", arguments);
            case "curl" -> curl(where, arguments);
            case "docker" -> compose(where, arguments.subList(1, arguments.size()));
            default -> fail(where);
        }
    }

    static void assertVariable(String where, String name, String value) {
        if (name.startsWith("ROCKET_RIDES_")) {
            TestSettings.load(Map.of(name, value));
        } else {
            assertTrue(
                    List.of("DATABASE_URL", "REDIS_URL", "API_PORT", "STREAM_NAME")
                            .contains(name),
                    where);
        }
    }

    private static void program(String where, List<String> arguments) {
        Main.program().commandLine().parseArgs(arguments.toArray(String[]::new));
        files(where, "--conf", arguments)
                .forEach(conf -> SettingsLoader.load(
                        Optional.of(conf),
                        Map.of("DATABASE_URL", "postgresql://u:p@host/db", "REDIS_URL", "redis://host"),
                        TestSettings.SECTIONS));
    }

    /** A command, options, and services. */
    private static void compose(String where, List<String> words) throws IOException {
        assertTrue(List.of("up", "ps", "logs", "kill", "start", "stop", "down").contains(words.get(0)), where);
        var services = DeploymentTest.services().keySet();
        words.stream()
                .skip(1)
                .filter(word -> !word.startsWith("-"))
                .forEach(service -> assertTrue(services.contains(service), where));
    }

    private static List<Path> files(String where, String option, List<String> arguments) {
        var files = new ArrayList<Path>();
        for (int i = 0; i < arguments.size() - 1; i++) {
            if (arguments.get(i).equals(option)) {
                files.add(Path.of(arguments.get(i + 1)));
                assertTrue(Files.exists(files.get(files.size() - 1)), where);
            }
        }
        return files;
    }

    private static void maven(String where, List<String> arguments) throws IOException {
        var pom = Files.readString(Path.of("pom.xml"));
        for (var argument : arguments) {
            if (argument.startsWith("-P")) {
                assertTrue(pom.contains("<id>" + argument.substring(2) + "</id>"), where);
            } else if (argument.matches("-D(it\\.)?test=.*")) {
                var tests = argument.replaceFirst("[^=]*=", "").replaceFirst("#.*", "");
                Arrays.stream(tests.split(",")).forEach(test -> assertTrue(anyTest(test), where));
            } else if (argument.startsWith("-D") && !argument.equals("-DskipTests")) {
                var property = argument.substring(2).replaceFirst("=.*", "");
                assertTrue(pom.contains(property) || anySource("\"" + property + "\""), where);
            }
        }
    }

    private static boolean anyTest(String name) {
        return testSources().stream().anyMatch(file -> file.endsWith(name + ".java"));
    }

    private static boolean anySource(String text) {
        return testSources().stream().anyMatch(file -> read(file).contains(text));
    }

    private static List<Path> testSources() {
        try (var files = Files.walk(Path.of("src/test/java"))) {
            return files.filter(file -> file.toString().endsWith(".java")).toList();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    /** The API's paths are in its description; the other paths are in the source code that serves them. */
    private static void curl(String where, List<String> arguments) {
        var path = arguments.get(arguments.size() - 1).replaceFirst("^(http://)?[^/]*", "");
        assertTrue(
                read(Path.of("src/main/resources/rocketrides/rides/openapi.yaml"))
                                .contains("\n  " + path + ":\n")
                        || read(Path.of("src/main/java/rocketrides/operations/Health.java"))
                                .contains("\"" + path + "\""),
                where);
    }

    @Test
    void linkedFilesAndSectionsExist() throws IOException {
        int tried = 0;
        for (var file : documents()) {
            for (var link : LINK.matcher(Files.readString(file)).results().toList()) {
                var target = link.group(1).isEmpty() ? file : file.resolveSibling(link.group(1));
                assertTrue(Files.exists(target), file + ": " + link.group());
                if (!link.group(2).isEmpty()) {
                    assertTrue(anchors(target).contains(link.group(2)), file + ": " + link.group());
                }
                tried++;
            }
        }
        assertTrue(tried > 100, "only " + tried + " links found");
    }

    /** As GitHub makes them from the headings. */
    private static List<String> anchors(Path file) throws IOException {
        return HEADING.matcher(Files.readString(file))
                .results()
                .map(heading -> heading.group(1)
                        .toLowerCase(Locale.ROOT)
                        .replaceAll("[^\\p{L}\\p{N} _-]", "")
                        .replace(' ', '-'))
                .toList();
    }

    @Test
    void namedTestsExist() throws IOException {
        for (var file : documents()) {
            NAMED_TEST.matcher(read(file)).results().forEach(named -> {
                assertTrue(anyTest(named.group(1)), file + ": " + named.group());
                assertTrue(
                        named.group(2) == null || anySource("void " + named.group(2) + "("),
                        file + ": " + named.group());
            });
        }
    }
}
