package rocketrides.simulation;

import static java.util.concurrent.TimeUnit.HOURS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.LongUnaryOperator;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import rocketrides.simulation.Duels.Found;
import rocketrides.simulation.Duels.Result;

/**
 * Runs the same histories of interleaved statements on a real Postgres and on the simulated one. Both must behave the
 * same. If a protective clause is removed from a statement, a difference must be found. The histories are the same in
 * every run; with {@code -Pproof} they are 5,000, from a random seed that is printed.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(value = 2, unit = HOURS)
class DifferentialTest {
    private static final long HISTORIES = 300;

    /** The histories within which a statement without a clause must be caught. Their seeds are always the same. */
    private static final long MUTANT_HISTORIES = 400;

    /** The histories within which the text of a harmless variant must occur. */
    private static final long HARMLESS_HISTORIES = 20;

    /** Errors of a statement that Postgres does not accept; such a variant would prove nothing. */
    private static final Pattern NOT_SQL = Pattern.compile("\\((42...|25P02)\\)");

    private final long campaign = Campaign.asked("differential.campaign");
    private final RealPostgres real = new RealPostgres();
    private final Duels duels = new Duels(real);
    private final List<String> report = new ArrayList<>();

    DifferentialTest() {
        System.out.println("Real Postgres: the same histories again with -Ddifferential.campaign=" + campaign);
    }

    @AfterAll
    void close() {
        report.forEach(System.out::println);
        real.close();
    }

    @Test
    @DisabledIfSystemProperty(named = "differential.seed", matches = ".*")
    void noHistoryTellsARealPostgresFromTheSimulatedOne() {
        long histories = Long.getLong("differential.histories", HISTORIES);
        var result = duels.run(null, index -> Campaign.seed(campaign, index), 1, histories);
        report.add(String.format(
                Locale.ROOT,
                "%,d histories of a real Postgres, %,d steps, %.0f s, campaign %d",
                result.histories(),
                result.steps(),
                result.seconds(),
                campaign));
        assertNoDifference(result);
    }

    @ParameterizedTest
    @EnumSource
    @DisabledIfSystemProperty(named = "differential.seed", matches = ".*")
    void everyClauseThatIsLeftOutMakesADifference(SqlMutant mutant) {
        LongUnaryOperator seeds = index -> index;
        var result = duels.run(mutant, seeds, mutant.history, mutant.history);
        if (mutant.harmless != null) {
            result = duels.run(mutant, seeds, 1, HARMLESS_HISTORIES);
        } else if (result.found() == null) {
            result = duels.run(mutant, seeds, 1, MUTANT_HISTORIES);
        }
        var found = result.found();
        report.add(String.format(Locale.ROOT, "| %-34s | %s |", mutant, verdict(found)));
        assertEquals(Set.of(mutant), result.edited(), "the clause is not there any more");
        if (mutant.harmless == null) {
            assertNotNull(found, mutant + " makes no difference in " + MUTANT_HISTORIES + " histories");
            assertFalse(NOT_SQL.matcher(found.what().getMessage()).find(), found.what()::getMessage);
        }
    }

    private static String verdict(Found found) {
        return found == null
                ? "no difference"
                : found.what() instanceof Difference difference
                        ? difference.kind + " | " + found.index()
                        : found.what().getMessage() + " | " + found.index();
    }

    @Test
    @DisabledIfSystemProperty(named = "differential.seed", matches = ".*")
    void aDifferenceIsShrunkToAShortStory() {
        var mutant = SqlMutant.MARK_ANY_TAG;
        var found = duels.run(mutant, index -> index, mutant.history, MUTANT_HISTORIES)
                .found();
        var story = duels.story(found);
        assertTrue(story.lines().count() < 25, story);
        assertTrue(story.endsWith("is answered true, must be false"), story);
    }

    /** {@code -Ddifferential.seed=…} repeats one history; with {@code -Ddifferential.mutant=…} without that clause. */
    @Test
    @EnabledIfSystemProperty(named = "differential.seed", matches = "-?\\d+")
    void theSeedAskedForMakesNoDifference() {
        var mutant = System.getProperty("differential.mutant");
        long seed = Long.getLong("differential.seed");
        assertNoDifference(duels.run(mutant == null ? null : SqlMutant.valueOf(mutant), index -> seed, 1, 1));
    }

    private void assertNoDifference(Result result) {
        var found = result.found();
        assertNull(
                found,
                () -> "Run it again: ./mvnw test -Dtest=DifferentialTest -Ddifferential.seed="
                        + found.script().seed() + "\n" + found.what().getMessage() + "\n" + duels.story(found));
    }
}
