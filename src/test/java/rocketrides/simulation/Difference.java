package rocketrides.simulation;

/** The real Postgres and the simulated one did not do the same. */
final class Difference extends RuntimeException {
    private static final long serialVersionUID = 1;

    enum Kind {
        ANSWER,
        /** It waits for somebody, and must not. */
        WAITS,
        /** It does not wait, and must. */
        DOES_NOT_WAIT,
        CONTENTS
    }

    final Kind kind;

    Difference(Kind kind, String what) {
        super(what, null, false, false);
        this.kind = kind;
    }
}
