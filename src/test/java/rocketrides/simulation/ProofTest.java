package rocketrides.simulation;

import static java.util.concurrent.TimeUnit.HOURS;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.security.SecureRandom;
import java.util.ArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import rocketrides.simulation.Campaign.Result;

/**
 * No schedule breaks the protocol, and every known-bad variant of it is caught: the second is what the first is worth.
 * With {@code -Pproof} a million histories, otherwise half a minute of them; the seed is fresh, and printed.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(value = 2, unit = HOURS)
class ProofTest {
    private static final int THREADS = 2;
    private static final double SECONDS = 30;

    /** A seed of a known-bad variant is as many histories. */
    private static final int HISTORIES_PER_SEED = 4_000;

    private static final int SEEDS = 3;

    private final long seed = Long.getLong("simulation.campaign", new SecureRandom().nextLong());
    private final Report report = new Report();

    ProofTest() {
        System.out.println("Simulation: the same again with -Dsimulation.campaign=" + seed);
    }

    @Test
    void noHistoryBreaksAnInvariant() {
        long asked = Long.getLong("simulation.histories", 0);
        var result = asked > 0
                ? Campaign.run(seed, Mutant.NONE, asked, Double.POSITIVE_INFINITY, THREADS)
                : Campaign.run(seed, Mutant.NONE, Long.MAX_VALUE, SECONDS, THREADS);
        report.add(result);
        assertNull(result.failure(), () -> Report.failure(result.failure()));
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void everyKnownBadVariantIsCaughtWithinThreeSeeds(Mutant mutant) {
        var tries = new ArrayList<Result>();
        Result last;
        do {
            last = histories(mutant, tries.size());
            tries.add(last);
        } while (last.failure() == null && tries.size() < SEEDS);
        report.add(new Report.Caught(mutant, tries));
        assertNotNull(last.failure(), mutant.text);
    }

    /** Otherwise it would be the seeds that are bad. */
    @Test
    void theCodeAsItIsSurvivesTheSeedsThatCatchTheVariants() {
        for (int i = 0; i < SEEDS; i++) {
            var failure = histories(Mutant.NONE, i).failure();
            assertNull(failure, () -> Report.failure(failure));
        }
    }

    private Result histories(Mutant mutant, int index) {
        return Campaign.run(Dice.mix(seed) + index, mutant, HISTORIES_PER_SEED, 600, THREADS);
    }

    @AfterAll
    void print() {
        System.out.println(report);
    }
}
