package rocketrides.testing;

import java.util.concurrent.locks.LockSupport;

/** Waits, on the harness's own threads. */
public final class Pause {
    private Pause() {}

    public static void millis(long millis) {
        long end = System.nanoTime() + millis * 1_000_000;
        for (long left = millis * 1_000_000; left > 0 && !Thread.currentThread().isInterrupted(); ) {
            LockSupport.parkNanos(left);
            left = end - System.nanoTime();
        }
    }
}
