package rocketrides.simulation;

/**
 * Where an operation on Postgres can be made to stop: the real one at its client, or within a statement; and the simulated
 * one at the same place, which is known by how often its statement was asked ({@link Client#stops}). 0: nowhere.
 */
enum Course {
    READS(-1, 0, 0, 0, 0),
    /** One statement that changes something. */
    CHANGES(0, 0, 1, 0, 2),
    /** The checkpoint, then others in the same transaction. A save that is one statement is one of the {@link #CHANGES}. */
    SAVES(0, 0, 1, 2, 3),
    /** The registration lock, then others in the same transaction. */
    LOCKS_AND_CHANGES(1, 2, 0, 0, 3),
    REGISTERS(1, 0, 0, 0, 2),
    /** Reads the sequence, which no snapshot covers, so it must not stop within. */
    LOWERS(0, 0, 0, 0, 2),
    SAMPLES(1, 1, 0, 0, 0),
    RAISES(1, 1, 2, 0, 3);

    /** Which of its statements the other fields are about, from 0. */
    final int statement;

    final int before;
    /** After its snapshot was taken, and before it has looked at anything. */
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
