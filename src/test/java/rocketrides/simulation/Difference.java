package rocketrides.simulation;

/** The real Postgres and the simulated one did not do the same. */
final class Difference extends RuntimeException {
    private static final long serialVersionUID = 1;

    Difference(String what) {
        super(what, null, false, false);
    }
}
