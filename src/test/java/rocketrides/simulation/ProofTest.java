package rocketrides.simulation;

import static java.util.concurrent.TimeUnit.HOURS;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.ArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import rocketrides.simulation.Campaign.Result;

/**
 * No schedule violates the protocol, and every known-bad variant of it is caught. Without the second, the first would
 * prove nothing. The histories are the same in every run; with {@code -Pproof} they are a million, from a random seed
 * that is printed.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(value = 2, unit = HOURS)
class ProofTest {
    private static final int THREADS = 2;
    private static final long HISTORIES = 150_000;

    /** The number of histories of one seed of a known-bad variant. */
    private static final int HISTORIES_PER_SEED = 4_000;

    private static final int SEEDS = 3;

    private final long seed = Campaign.asked("simulation.campaign");
    private final ProofReport report = new ProofReport();

    ProofTest() {
        System.out.println("Simulation: the same again with -Dsimulation.campaign=" + seed);
    }

    @Test
    void noHistoryBreaksAnInvariant() {
        long histories = Long.getLong("simulation.histories", HISTORIES);
        var result = Campaign.run(seed, Mutant.NONE, histories, THREADS);
        report.add(result);
        assertNull(result.failure(), () -> ProofReport.failure(result.failure()));
    }

    @ParameterizedTest
    @Tag("variants")
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void everyKnownBadVariantIsCaughtWithinThreeSeeds(Mutant mutant) {
        var tries = new ArrayList<Result>();
        Result last;
        do {
            last = histories(mutant, tries.size());
            tries.add(last);
        } while (last.failure() == null && tries.size() < SEEDS);
        report.add(new ProofReport.Caught(mutant, tries));
        assertNotNull(last.failure(), mutant.text);
    }

    /** Otherwise the seeds themselves would be at fault. */
    @Test
    @Tag("variants")
    void theCodeAsItIsSurvivesTheSeedsThatCatchTheVariants() {
        for (int i = 0; i < SEEDS; i++) {
            var failure = histories(Mutant.NONE, i).failure();
            assertNull(failure, () -> ProofReport.failure(failure));
        }
    }

    private Result histories(Mutant mutant, int index) {
        return Campaign.run(Dice.mix(seed) + index, mutant, HISTORIES_PER_SEED, THREADS);
    }

    @AfterAll
    void print() {
        System.out.println(report);
    }
}
