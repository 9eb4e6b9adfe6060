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
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;
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

    /** The program's own name, and what it prefixes. */
    private static final Pattern PROGRAM = Pattern.compile("rocketrides|rocket[-_]rides|Rocket Rides|ROCKET_RIDES");

    /** The word by itself or as a part of a name, but not in another word such as {@code override}. */
    private static final Pattern RIDE =
            Pattern.compile("(?<![A-Za-z])(ride|rides|Ride|Rides|RIDE|RIDES)(?![a-z])|(?<=[a-z])Rides?(?![a-z])");

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
        try (var sources = Files.walk(SOURCES)) {
            for (var source : sources.filter(Files::isRegularFile).toList()) {
                var path = SOURCES.relativize(source).toString();
                if (!path.matches("(rides|simulator)/.*|Main\\.java")) {
                    firstLine(source, RIDE).ifPresent(line -> speaking.put(path, line));
                }
            }
        }
        firstLine(Path.of("schema.sql"), RIDE).ifPresent(line -> speaking.put("schema.sql", line));
        try (var page = Files.list(Path.of("src/main/resources/dashboard"))) {
            for (var file : page.toList()) {
                firstLine(file, RIDE).ifPresent(line -> speaking.put(file.toString(), line));
            }
        }
        assertEquals(Map.of(), speaking);
    }

    private static Optional<String> firstLine(Path source, Pattern wanted) throws IOException {
        return Files.readString(source)
                .lines()
                .map(line -> PROGRAM.matcher(line).replaceAll(""))
                .filter(line -> wanted.matcher(line).find())
                .findFirst();
    }

    private static String[] packages(List<String> rooms) {
        return rooms.stream().map(room -> "rocketrides." + room).toArray(String[]::new);
    }
}
