package rocketrides;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The arrows between the rooms go one way; the roles meet on the event bus only. */
class RoomsTest {
    private static final List<String> ROLES =
            List.of("api", "streamer", "consumer", "simulator", "console", "dashboard", "operations");
    private static final List<String> BELOW = List.of("log", "servers", "embedded", "config", "http", "runtime");

    private static final Path SOURCES = Path.of("src/main/java/rocketrides");

    /** The program's own name, and what it prefixes. */
    private static final Pattern PROGRAM = Pattern.compile("rocketrides|rocket[-_]rides|Rocket Rides|ROCKET_RIDES");

    /** The word by itself or as a part of a name, but not in another word such as {@code override}. */
    private static final Pattern RIDE =
            Pattern.compile("(?<![A-Za-z])(ride|rides|Ride|Rides|RIDE|RIDES)(?![a-z])|(?<=[a-z])Rides?(?![a-z])");

    /** Rooms, files and the schema that still speak of rides. */
    private static final List<String> NOT_YET = List.of(
            "cli/",
            "config/",
            "console/",
            "consumer/",
            "dashboard/",
            "http/",
            "log/",
            "operations/",
            "runtime/",
            "status/",
            "streamer/",
            "tracing/",
            "Roles.java",
            "schema.sql");

    private final JavaClasses classes = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("rocketrides");

    @Test
    void noRoleKnowsAnother() {
        for (var role : ROLES) {
            var others = new ArrayList<>(ROLES);
            others.remove(role);
            noClasses()
                    .that()
                    .resideInAPackage("rocketrides." + role)
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(packages(others))
                    .check(classes);
        }
    }

    @Test
    void whatTheRolesStandOnDoesNotKnowThem() {
        for (var room : BELOW) {
            noClasses()
                    .that()
                    .resideInAPackage("rocketrides." + room)
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(packages(ROLES))
                    .check(classes);
        }
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
    void nobodyKnowsMain() {
        noClasses()
                .that()
                .resideInAPackage("rocketrides.*")
                .should()
                .dependOnClassesThat()
                .haveFullyQualifiedName("rocketrides.Main")
                .check(classes);
    }

    @Test
    void theLoopTheEventsAndTheFaultsKnowNobody() {
        noClasses()
                .that()
                .resideInAPackage("rocketrides.runtime")
                .should()
                .dependOnClassesThat(JavaClass.Predicates.resideInAPackage("rocketrides..")
                        .and(not(JavaClass.Predicates.resideInAPackage("rocketrides.runtime"))))
                .check(classes);
    }

    @Test
    void roomsBelowTheRolesHaveNoCycles() {
        slices().matching("rocketrides.(log|servers|embedded|config|http|runtime)..")
                .should()
                .beFreeOfCycles()
                .check(classes);
    }

    /** Only these rooms and the shipped program know what a ride is. What is left of that elsewhere is listed, and shrinks. */
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
        speaking.keySet().removeIf(path -> NOT_YET.stream().anyMatch(path::startsWith));
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
