package rocketrides.assignment;

import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Must hold: within a lease and a beat after the last fault each role has one owner, and nobody has more than its share. */
class LeaseSimulationTest {
    private static final int SEEDS = Integer.getInteger("simulation.leases", 60);

    @Test
    void ownersMayComeGoStandStillAndComeBack() {
        for (long seed = 1; seed <= SEEDS; seed++) {
            var of = seed;
            assertNull(new LeaseHistory(seed, LeaseMutant.NONE).run(), () -> "seed " + of);
        }
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void eachKnownBadVariantIsCaught(LeaseMutant mutant) {
        String violation = null;
        for (long seed = 1; violation == null && seed <= SEEDS; seed++) {
            violation = new LeaseHistory(seed, mutant).run();
        }
        assertNotNull(violation, mutant + " was not caught");
    }
}
