package rocketrides.operations;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import rocketrides.Events.Passed;
import rocketrides.operations.Pulse.State;

class HealthTest {
    private long nanoTime;
    private final Pulse pulse = new Pulse(() -> nanoTime);

    private void passed(String failure, boolean ended) {
        pulse.passed(new Passed("consumer0", Duration.ofHours(1), failure, ended));
    }

    @Test
    void aRoleIsAsItsLastStepWas() {
        passed(null, false);
        assertEquals(Map.of("consumer0", State.UP), pulse.states());
        passed("no route to host", false);
        assertEquals(Map.of("consumer0", State.FAILING), pulse.states());
        passed(null, false);
        assertEquals(Map.of("consumer0", State.UP), pulse.states());
        passed("its checkpoint is gone", true);
        assertEquals(Map.of("consumer0", State.STOPPED), pulse.states());
    }

    @Test
    void aLoopThatHangsIsOverdueOnlyAfterThePauseItAnnounced() {
        passed(null, false);
        nanoTime = Duration.ofHours(1).plus(Pulse.LONGEST_STEP).toNanos();
        assertEquals(Map.of("consumer0", State.UP), pulse.states());
        nanoTime++;
        assertEquals(Map.of("consumer0", State.OVERDUE), pulse.states());
    }

    @Test
    void onlyPostgresDecidesWhetherRidesCanBeBooked() {
        assertEquals("up", status(true, true, State.UP));
        assertEquals("degraded", status(true, false, State.UP));
        assertEquals("degraded", status(true, true, State.STOPPED));
        assertEquals("degraded", status(true, true, State.OVERDUE));
        assertEquals("down", status(false, true, State.UP));
    }

    private static String status(boolean postgres, boolean redis, State role) {
        return Health.report(postgres, redis, Map.of("consumer0", role)).getString("status");
    }
}
