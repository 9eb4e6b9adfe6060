package rocketrides.simulation;

/**
 * Where an operation on Postgres can stop. The real operation stops at its client or within a statement, the simulated
 * one at the same place, which is identified by the number of calls for its statement ({@link Client#stops}). 0:
 * nowhere.
 */
enum Course {
    READS(-1, 0, 0, 0, 0),
    /** One statement that changes rows. */
    CHANGES(0, 0, 1, 0, 2),
    /**
     * Changes the checkpoint, then other rows in the same transaction. A save with one statement is one of the
     * {@link #CHANGES}.
     */
    SAVES(0, 0, 1, 2, 3),
    /** Takes the registration lock, then changes other rows in the same transaction. */
    LOCKS_AND_CHANGES(1, 2, 0, 0, 3),
    REGISTERS(1, 0, 0, 0, 2),
    /** Reads the sequence, which has no snapshots, so it must not stop within the statement. */
    LOWERS(0, 0, 0, 0, 2),
    SAMPLES(1, 1, 0, 0, 0),
    RAISES(1, 1, 2, 0, 3);

    /** The number of the statement that the other fields refer to, from 0. */
    final int statement;

    final int before;
    /** After its snapshot, before it has read any row. */
    final int within;

    /** Before the next statement of the same transaction. */
    final int after;

    final int commit;

    Course(int statement, int before, int within, int after, int commit) {
        this.statement = statement;
        this.before = before;
        this.within = within;
        this.after = after;
        this.commit = commit;
    }
}
