package rocketrides;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The arrows between the rooms go one way; the roles meet on the event bus only. */
class RoomsTest {
    private static final List<String> ROLES =
            List.of("api", "streamer", "consumer", "simulator", "console", "dashboard", "operations");
    private static final List<String> BELOW = List.of("log", "servers", "embedded", "config", "http", "runtime");

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
                .doNotHaveFullyQualifiedName("rocketrides.Roles")
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

    private static String[] packages(List<String> rooms) {
        return rooms.stream().map(room -> "rocketrides." + room).toArray(String[]::new);
    }
}
