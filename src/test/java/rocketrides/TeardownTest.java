package rocketrides;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.Promise;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class TeardownTest {
    private final List<String> done = new ArrayList<>();

    @Test
    void undoesTheLatestFirstAndAFailureEndsNothing() {
        var teardown = new Teardown(Duration.ofSeconds(5));
        teardown.add(left -> done.add("first"));
        teardown.add(left -> {
            throw new IllegalStateException("refused");
        });
        teardown.add(left -> done.add("last"));
        teardown.run();
        teardown.run();
        assertEquals(List.of("last", "first"), done);
    }

    @Test
    void whatComesTooLateIsUndoneAtOnceAndEndsTheStart() {
        var teardown = new Teardown(Duration.ofSeconds(5));
        teardown.run();
        assertThrows(IllegalStateException.class, () -> teardown.add(left -> done.add("late")));
        assertEquals(List.of("late"), done);
    }

    @Test
    void stepsThatNeverEndTakeTheirCommonTimeOnly() {
        var teardown = new Teardown(Duration.ofMillis(1_500));
        var granted = new ArrayList<Duration>();
        for (int i = 0; i < 3; i++) {
            teardown.add(left -> {
                granted.add(left);
                Promise.promise().future().await(left.toMillis(), MILLISECONDS);
            });
        }
        var begun = System.nanoTime();
        teardown.run();
        var took = Duration.ofNanos(System.nanoTime() - begun);
        assertTrue(took.toMillis() < 6_000, "took " + took);
        assertTrue(granted.get(0).compareTo(Teardown.LEAST) > 0, granted::toString);
        assertEquals(List.of(Teardown.LEAST, Teardown.LEAST), granted.subList(1, 3));
    }
}
