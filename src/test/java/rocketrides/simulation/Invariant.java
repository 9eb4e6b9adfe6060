package rocketrides.simulation;

/** The invariants: checked at every commit, at every XADD, or when a history is at rest. */
enum Invariant {
    DENSE("offsets are dense, and each is given once"),
    SEALED_ONCE("what is sealed was committed, and was not sealed before"),
    ORDER("a partition has the order of each transaction, and of records of which one was staged after the other's"
            + " commit, unless the sequence was set back"),
    KEY("a consumer applies the records of a key in the same order, in whatever partition they are"),
    FLOOR("nothing is staged at or below the floor, unless the sequence was set back; then it does not stay there"),
    PHANTOM("no entry of a stream lacks a committed segment of its partition"),
    CURSOR("the cursor ends at the end of a segment of this history"),
    MARKED_UNSENT("every record of a marked segment was appended, or the stream went past it"),
    FORWARD("a checkpoint moves forward only, and not past the head"),
    CURVE("checkpoint and state lie on the one prefix-sum curve of the partition's log"),
    ARCHIVE("the archive has no hole, and everything above the lowest checkpoint, the cursor and the age limit"),
    LOUD("a consumer or streamer stops if and only if its place in the log is gone"),
    LEVEL("once faults have stopped, everything staged is sealed, published and applied by all, in bounded time"),
    COMPLETE("at rest, every consumer's totals of all partitions add up to the sum over the committed rides");

    final String text;

    Invariant(String text) {
        this.text = text;
    }

    /** A violated invariant. Has no stack trace: the history explains it. */
    static final class Violation extends RuntimeException {
        private static final long serialVersionUID = 1;
        final transient Invariant invariant;

        Violation(Invariant invariant, String what) {
            super(invariant + ": " + what, null, false, false);
            this.invariant = invariant;
        }
    }

    void violated(String what) {
        throw new Violation(this, what);
    }
}
