package rocketrides.simulation;

/** The possible steps of a history, with their frequencies. */
enum Act {
    STAGE(14, true),
    SEAL(12, true),
    UNPUBLISHED(3),
    READ(3),
    MARK(9, true),
    HOLDS(1),
    RETAIN(6),
    FLOOR(7),
    LOWER(3),
    /** The sequence of staged ids is set back to the staged records, as a script does after a restore. */
    SET_BACK(1),
    REGISTER(4),
    LOAD(2),
    SAVE(14, true),
    CRASH(1),
    REWIND(2),
    REMOVE(1),
    /** A stopped operation continues. */
    GO_ON(30, true),
    /** A stopped operation is given up: its session rolls back. */
    GIVE_UP(4),
    /** All sealed segments are marked, and saved by all consumers. */
    CATCH_UP(2),
    /** All stopped operations continue, until none is in progress. */
    REST(2),
    VACUUM(4),
    BACKUP(1),
    RESTORE(1),
    /** A segment is missing for a moment. */
    HOLE(1),
    COMPARE(2);

    final int weight;
    /** Required for a useful history. */
    final boolean needed;

    Act(int weight) {
        this(weight, false);
    }

    Act(int weight, boolean needed) {
        this.weight = weight;
        this.needed = needed;
    }
}
