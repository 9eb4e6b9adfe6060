package rocketrides.simulation;

/** What the next step of a history may be, and how often it is. */
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
    /** The sequence of staged ids is set to what is staged, as after a restore by hand. */
    SET_BACK(1),
    REGISTER(4),
    LOAD(2),
    SAVE(14, true),
    CRASH(1),
    REWIND(2),
    REMOVE(1),
    /** An operation that has stopped goes on. */
    GO_ON(30, true),
    /** One is given up: its session rolls back. */
    GIVE_UP(4),
    /** Everything sealed is marked, and saved by everybody. */
    CATCH_UP(2),
    /** All that have stopped go on, until nothing is under way. */
    REST(2),
    VACUUM(4),
    BACKUP(1),
    RESTORE(1),
    /** A segment is missing for a moment. */
    HOLE(1),
    COMPARE(2);

    final int weight;
    /** Without it there is not much of a history. */
    final boolean needed;

    Act(int weight) {
        this(weight, false);
    }

    Act(int weight, boolean needed) {
        this.weight = weight;
        this.needed = needed;
    }
}
