package rocketrides.testing;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;

/** Polls for states that have no signal. */
public final class Eventually {
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final long PAUSE_MILLIS = 5;

    private Eventually() {}

    /** May throw; then the wait fails, too. */
    @FunctionalInterface
    public interface Condition {
        boolean holds() throws Exception;
    }

    /** Returns as soon as the condition holds; fails after 30 seconds. */
    public static void eventually(String what, Condition condition) {
        eventually(() -> what, condition);
    }

    /** Like the method above; {@code what} describes the state at the timeout. */
    public static void eventually(Callable<String> what, Condition condition) {
        eventually(LIMIT, what, condition);
    }

    /** As above, with another limit, for a test that is about the time or about something slow. */
    public static void eventually(Duration limit, Callable<String> what, Condition condition) {
        long deadline = System.nanoTime() + limit.toNanos();
        try {
            while (!condition.holds()) {
                if (System.nanoTime() > deadline) {
                    throw new AssertionError("not within " + limit.toSeconds() + " s: " + what.call());
                }
                Pause.millis(PAUSE_MILLIS);
            }
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    /** As above, but fails at once when the process has ended. A failure shows its output. */
    public static void eventually(Duration limit, Process process, Path output, Condition condition) {
        eventually(limit, () -> Files.readString(output), () -> {
            if (!process.isAlive()) {
                throw new AssertionError("the process has ended: " + Files.readString(output));
            }
            return condition.holds();
        });
    }
}
