package rocketrides;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The arrows between the rooms go one way; the roles meet on the event bus only. */
class RoomsTest {
    private static final List<String> ROLES =
            List.of("api", "streamer", "consumer", "simulator", "console", "dashboard", "operations", "assignment");
    private static final List<String> BELOW =
            List.of("log", "status", "servers", "embedded", "config", "http", "runtime");
    private static final List<String> APPLICATION = List.of("rides", "simulator");

    /** The rooms that a program's own code may use. */
    private static final List<String> OPEN = List.of("log", "consumer", "status", "http", "config", "runtime");

    private static final List<String> ROOMS = Stream.of(ROLES, BELOW, APPLICATION, List.of("cli", "tracing"))
            .flatMap(List::stream)
            .distinct()
            .toList();

    private static final Path SOURCES = Path.of("src/main/java/rocketrides");
    private static final Path TESTS = Path.of("src/test/java/rocketrides");

    /** The program's own name, and what it prefixes. */
    private static final Pattern PROGRAM = Pattern.compile("rocketrides|rocket[-_]rides|Rocket Rides|ROCKET_RIDES");

    /** The word, in any form and case, also as a part of a name, but not in another word such as {@code override}. */
    private static final Pattern RIDE = Pattern.compile("(?i)(?<!over|st)rid(e|den|ing)");

    /** What describes or serves the log for any application. */
    private static final List<String> FOR_ALL = List.of(
            "schema.sql",
            "migrations/schema-1.sql",
            "migrations/schema-2.sql",
            "migrations/schema-3.sql",
            "src/main/resources",
            "src/main/resources-filtered",
            "docs/building.md",
            "docs/page.md",
            "docs/prometheus-alerts.yml",
            "docs/protocol.md",
            "docs/redis.acl");

    private final JavaClasses classes = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("rocketrides");

    @Test
    void noRoleKnowsAnother() {
        for (var role : ROLES) {
            mayNotKnow(role, ROLES.stream().filter(other -> !other.equals(role)).toList());
        }
    }

    @Test
    void whatTheRolesStandOnDoesNotKnowThem() {
        BELOW.forEach(room -> mayNotKnow(room, ROLES));
    }

    @Test
    void onlyTheRootKnowsTheApplication() {
        ROOMS.forEach(room -> mayNotKnow(
                room, APPLICATION.stream().filter(other -> !other.equals(room)).toList()));
    }

    @Test
    void theApplicationKnowsWhatAnyOtherMayKnow() {
        for (var room : APPLICATION) {
            mayNotKnow(
                    room,
                    ROOMS.stream()
                            .filter(other -> !other.equals(room) && !OPEN.contains(other))
                            .toList());
        }
    }

    private void mayNotKnow(String room, List<String> others) {
        noClasses()
                .that()
                .resideInAPackage("rocketrides." + room)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(packages(others))
                .check(classes);
    }

    /** So that nothing of it is there when it is off. */
    @Test
    void onlyTheApplicationKnowsTracingAndOnlyTracingKnowsItsLibrary() {
        noClasses()
                .that()
                .resideOutsideOfPackage("rocketrides.tracing")
                .and()
                .doNotHaveFullyQualifiedName("rocketrides.Application")
                .and()
                .haveNameNotMatching("rocketrides\\.Roles(\\$.*)?")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("rocketrides.tracing", "io.opentelemetry..")
                .check(classes);
        noClasses()
                .that()
                .resideInAPackage("rocketrides")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.opentelemetry..")
                .check(classes);
    }

    @Test
    void theLoopTheEventsAndTheFaultsKnowNobody() {
        mayNotKnow(
                "runtime",
                ROOMS.stream().filter(other -> !other.equals("runtime")).toList());
    }

    @Test
    void noRoomKnowsTheRootAndThereIsNoCircle() {
        noClasses()
                .that()
                .resideInAPackage("rocketrides.*")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("rocketrides")
                .check(classes);
        slices().matching("rocketrides.(*)").should().beFreeOfCycles().check(classes);
    }

    /** Only the rooms of the application and the shipped program know what a ride is: in names, comments and texts. */
    @Test
    void onlyTheApplicationSpeaksOfRides() throws Exception {
        var speaking = new TreeMap<String, String>();
        for (var root : FOR_ALL) {
            speaking.putAll(speaking(Path.of(root), "rocketrides/rides/.*"));
        }
        speaking.putAll(speaking(SOURCES, "(rides|simulator)/.*|Main\\.java"));
        assertEquals(Map.of(), speaking);
    }

    /** The files below a root that say the word, each with its first line that does. */
    private static Map<String, String> speaking(Path root, String allowed) throws IOException {
        var speaking = new TreeMap<String, String>();
        try (var files = Files.walk(root)) {
            for (var file : files.filter(Files::isRegularFile).toList()) {
                if (!root.relativize(file).toString().matches(allowed)) {
                    Stream.concat(
                                    Stream.of(file.getFileName().toString()),
                                    Files.readString(file).lines())
                            .filter(line -> RIDE.matcher(PROGRAM.matcher(line).replaceAll(""))
                                    .find())
                            .findFirst()
                            .ifPresent(line -> speaking.put(file.toString(), line));
                }
            }
        }
        return speaking;
    }

    /** In a room are its tests, and what needs the room's own access: its name begins with Test, or with Lease. */
    @Test
    void whatTestsStandOnIsApartFromThem() throws Exception {
        var apart = List.of("testing", "simulation", "chaos", "bench");
        assertEquals(
                List.of(),
                sources(TESTS).stream()
                        .filter(file -> !apart.contains(
                                TESTS.relativize(file).getName(0).toString()))
                        .filter(file ->
                                !file.getFileName().toString().matches("(Test\\w+|Lease\\w+|\\w+Test|\\w+IT)\\.java"))
                        .toList());
    }

    @Test
    void noTwoClassesShareAName() throws Exception {
        var names = Stream.concat(sources(SOURCES).stream(), sources(TESTS).stream())
                .map(file -> file.getFileName().toString())
                .filter(name -> !name.equals("package-info.java"))
                .collect(Collectors.groupingBy(name -> name, Collectors.counting()));
        names.values().removeIf(count -> count == 1);
        assertEquals(Map.of(), names);
    }

    private static List<Path> sources(Path root) throws IOException {
        try (var files = Files.walk(root)) {
            return files.filter(file -> file.toString().endsWith(".java")).toList();
        }
    }

    private static String[] packages(List<String> rooms) {
        return rooms.stream().map(room -> "rocketrides." + room).toArray(String[]::new);
    }
}
