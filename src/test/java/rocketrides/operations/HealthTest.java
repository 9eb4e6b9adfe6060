package rocketrides.operations;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import rocketrides.operations.Pulse.State;
import rocketrides.runtime.Events.Assigned;
import rocketrides.runtime.Events.Gone;
import rocketrides.runtime.Events.Pause;
import rocketrides.runtime.Events.StepEnded;

class HealthTest {
    private long nanoTime;
    private final Pulse pulse = new Pulse(() -> nanoTime);

    private void stepEnded(String failure, boolean ended) {
        pulse.stepEnded(new StepEnded("consumer0", Duration.ofHours(1), failure, ended));
    }

    @Test
    void aRoleIsAsItsLastStepWas() {
        stepEnded(null, false);
        assertEquals(Map.of("consumer0", State.UP), pulse.states());
        stepEnded("no route to host", false);
        assertEquals(Map.of("consumer0", State.FAILING), pulse.states());
        stepEnded(null, false);
        assertEquals(Map.of("consumer0", State.UP), pulse.states());
        stepEnded("its checkpoint is gone", true);
        assertEquals(Map.of("consumer0", State.STOPPED), pulse.states());
    }

    @Test
    void aLoopThatHangsIsOverdueOnlyAfterThePauseItAnnounced() {
        stepEnded(null, false);
        nanoTime = Duration.ofHours(1).plus(Pulse.LONGEST_STEP).toNanos();
        assertEquals(Map.of("consumer0", State.UP), pulse.states());
        nanoTime++;
        assertEquals(Map.of("consumer0", State.OVERDUE), pulse.states());
    }

    @Test
    void aRoleThatIsPausedSaysSoUntilItGoesOn() {
        stepEnded(null, false);
        pulse.paused(new Pause("consumer0", true));
        pulse.paused(new Pause("consumer9", true)); // of another process
        nanoTime = Duration.ofHours(9).toNanos();
        assertEquals(Map.of("consumer0", State.PAUSED), pulse.states());
        assertEquals(Map.of("consumer0", "paused"), pulse.faults());
        pulse.paused(new Pause("consumer0", false));
        assertEquals(Map.of("consumer0", State.UP), pulse.states());
        assertEquals(Map.of(), pulse.faults());
    }

    @Test
    void whatThisProcessDoesNotOwnIsNoFaultOfIts() {
        pulse.stepEnded(new StepEnded("streamer0 (sealing)", Duration.ZERO, "no route to host", false));
        stepEnded("no route to host", false);
        nanoTime = Pulse.BLIP.toNanos() + 1;
        assertFalse(pulse.everyRoleWorks());
        pulse.assigned(new Assigned(Set.of(), Set.of("streamer", "consumer0")));
        assertEquals(Map.of("streamer", State.NOT_OWNED, "consumer0", State.NOT_OWNED), pulse.states());
        assertTrue(pulse.everyRoleWorks());
        assertEquals("not owned", State.NOT_OWNED.toString());
        assertEquals("up", status(true, true, State.NOT_OWNED));
        pulse.assigned(new Assigned(Set.of("streamer"), Set.of("consumer0")));
        pulse.stepEnded(new StepEnded("streamer", Duration.ZERO, "it cannot be started", false));
        assertEquals(Map.of("streamer", State.FAILING, "consumer0", State.NOT_OWNED), pulse.states());
        pulse.stepEnded(new StepEnded("streamer0 (sealing)", Duration.ZERO, null, false));
        assertEquals(Map.of("streamer0 (sealing)", State.UP, "consumer0", State.NOT_OWNED), pulse.states());
    }

    /** Broken: its partition needs no work any more, so no further step will end. */
    @Test
    void aLoopThatIsGoneIsNoFault() {
        pulse.stepEnded(new StepEnded("consumer0/0", Duration.ZERO, "Postgres is away", false));
        pulse.paused(new Pause("consumer0/0", true));
        pulse.gone(new Gone("consumer0/0"));
        assertEquals(Map.of(), pulse.states());
        assertEquals(Map.of(), pulse.faults());
    }

    @Test
    void aFaultIsToldWhenItLasts() {
        stepEnded("no route to host", false);
        nanoTime = Pulse.BLIP.toNanos();
        stepEnded("no route to host", false);
        assertEquals(Map.of(), pulse.faults());
        nanoTime++;
        assertEquals(Map.of("consumer0", "failing"), pulse.faults());
        stepEnded(null, false);
        assertEquals(Map.of(), pulse.faults());
        stepEnded("crashed", true);
        assertEquals(Map.of(), pulse.faults());
        nanoTime += Pulse.BLIP.toNanos() + 1;
        assertEquals(Map.of("consumer0", "stopped"), pulse.faults());
    }

    @Test
    void whoIsAbleIsUpOrDegradedAndWhoIsNotIsDown() {
        assertEquals("up", status(true, true, State.UP));
        assertEquals("degraded", status(true, false, State.UP));
        assertEquals("degraded", status(true, true, State.STOPPED));
        assertEquals("degraded", status(true, true, State.OVERDUE));
        assertEquals("down", status(false, true, State.UP));
    }

    private static String status(boolean able, boolean redis, State role) {
        return Health.report(able, true, redis, Map.of("consumer0", role)).getString("status");
    }

    @Test
    void aRoleThatFailsForLongerThanAMomentDoesNotWorkButOneThatIsPausedMay() {
        assertTrue(pulse.everyRoleWorks());
        stepEnded("no route to host", false);
        assertTrue(pulse.everyRoleWorks());
        nanoTime = Pulse.BLIP.toNanos() + 1;
        assertFalse(pulse.everyRoleWorks());
        pulse.paused(new Pause("consumer0", true));
        assertTrue(pulse.everyRoleWorks());
    }
}
