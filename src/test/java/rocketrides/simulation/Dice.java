package rocketrides.simulation;

/** Random numbers, all from one seed (splitmix64). */
final class Dice {
    private long state;

    Dice(long seed) {
        state = seed;
    }

    /** Mixes a seed, so that neighbouring seeds give independent numbers. */
    static long mix(long seed) {
        long z = (seed ^ (seed >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }

    long next() {
        state += 0x9E3779B97F4A7C15L;
        return mix(state);
    }

    /** From 0 to {@code bound} - 1. */
    int below(int bound) {
        return (int) (((next() >>> 32) * bound) >>> 32);
    }

    int between(int min, int max) {
        return min + below(max - min + 1);
    }

    boolean oneIn(int n) {
        return below(n) == 0;
    }
}
