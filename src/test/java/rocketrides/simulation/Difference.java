package rocketrides.simulation;

/** The real Postgres and the simulated one have behaved differently. */
final class Difference extends RuntimeException {
    private static final long serialVersionUID = 1;

    enum Kind {
        ANSWER,
        /** The real one waits for a lock, and should not. */
        WAITS,
        /** The real one does not wait for a lock, and should. */
        DOES_NOT_WAIT,
        CONTENTS
    }

    final Kind kind;

    Difference(Kind kind, String what) {
        super(what, null, false, false);
        this.kind = kind;
    }
}
