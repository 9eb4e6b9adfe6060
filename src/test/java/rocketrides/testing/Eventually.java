package rocketrides.testing;

import static java.util.concurrent.TimeUnit.SECONDS;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/** Waiting for what nothing signals. */
public final class Eventually {
    private static final long LIMIT_SECONDS = 30;
    private static final long PAUSE_NANOS = Duration.ofMillis(5).toNanos();

    private Eventually() {}

    /** May fail; then the wait fails, too. */
    @FunctionalInterface
    public interface Condition {
        boolean holds() throws Exception;
    }

    /** Returns as soon as the condition holds; fails after 30 seconds. */
    public static void eventually(String what, Condition condition) {
        eventually(() -> what, condition);
    }

    /** As above, with what is known when the time is up. */
    public static void eventually(Supplier<String> what, Condition condition) {
        long deadline = System.nanoTime() + SECONDS.toNanos(LIMIT_SECONDS);
        while (!holds(condition)) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("not within " + LIMIT_SECONDS + " s: " + what.get());
            }
            LockSupport.parkNanos(PAUSE_NANOS);
        }
    }

    private static boolean holds(Condition condition) {
        try {
            return condition.holds();
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }
}
