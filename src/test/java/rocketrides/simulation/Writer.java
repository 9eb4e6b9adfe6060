package rocketrides.simulation;

import rocketrides.simulation.Tables.Staged;

/**
 * One transaction of the API: it takes its lock on the table, draws ids one by one, and commits or rolls back, each in
 * its own step. All its rows become visible at once. Each record has a key, or all of them are of one statement without
 * a key.
 */
final class Writer implements Runnable {
    /** How many keys there are. */
    static final int KEYS = 4;

    static final int NO_KEY = -1;

    private final SimulatedPostgres db;
    private final Staged[] rows;
    private final Dice keys;
    private final boolean keyed;
    /** Chooses the partition of all records if they have no key. */
    private final int statement;

    private final boolean rollsBack;
    private final long commitDelay;

    private final long firstRide;
    private int drawn;
    private boolean begun;
    private boolean slept;
    private boolean over;

    /** @param keys chooses keys and partitions */
    Writer(SimulatedPostgres db, int rides, Dice keys, boolean rollsBack, long commitDelay) {
        this.db = db;
        this.rows = new Staged[rides];
        this.keys = keys;
        this.keyed = !keys.oneIn(3);
        this.statement = keys.below(1_000);
        this.rollsBack = rollsBack;
        this.commitDelay = commitDelay;
        this.firstRide = db.drawRides(rides);
        begin();
    }

    /** Takes its lock on the table, if the layout is not being changed. */
    private void begin() {
        begun = db.staging.free();
        if (begun) {
            db.begins(this);
        }
    }

    @Override
    public void run() {
        if (over) {
            return;
        }
        if (!begun) {
            begin();
        }
        if (!begun) {
            db.world.after(LayoutChange.LOOK_AGAIN_NANOS, this);
            return;
        }
        while (drawn < rows.length) {
            draw();
            if (db.world.dice.oneIn(2)) {
                db.world.ready(this);
                return;
            }
        }
        if (!slept && commitDelay > 0) {
            slept = true;
            db.world.after(commitDelay, this);
        } else if (rollsBack) {
            rollBack();
        } else {
            commit();
        }
    }

    /** Inserts the next record, without a commit. */
    void draw() {
        int key = keyed ? keys.below(KEYS) : NO_KEY;
        int partition = db.tables.partitionOf(keyed ? key : statement);
        var row = new Staged(nextId(), firstRide + drawn, this, key, partition);
        row.before = before(partition);
        row.inserted = db.csn;
        rows[drawn++] = row;
        db.tables.stage(row);
    }

    /** The last one in this partition; null if there is none. */
    private Staged before(int partition) {
        int index = drawn - 1;
        while (index >= 0 && rows[index].partition != partition) {
            index--;
        }
        return index < 0 ? null : rows[index];
    }

    long nextRide() {
        return firstRide + drawn;
    }

    int undrawn() {
        return rows.length - drawn;
    }

    /** Whether only its end is left for the next run. */
    boolean drawn() {
        return slept;
    }

    boolean rollsBack() {
        return rollsBack;
    }

    long firstRide() {
        return firstRide;
    }

    private long nextId() {
        if (!db.is(Mutant.SEQUENCE_CACHED)) {
            return db.tables.drawId();
        }
        // One of two sessions. Each takes four ids at once and keeps those that it does not need.
        int session = db.world.dice.below(2);
        if (db.cachedIds[session] % 4 == 0) {
            db.cachedIds[session] = (db.tables.nextId + 3) / 4 * 4;
            db.tables.nextId = db.cachedIds[session] + 4;
        }
        return ++db.cachedIds[session];
    }

    void rollBack() {
        over = true;
        db.ends(this);
        for (int i = 0; i < drawn; i++) {
            db.tables.staged.remove(rows[i]);
        }
        if (db.world.traced()) {
            db.world.say("api  " + this + " rolls back");
        }
    }

    void commit() {
        over = true;
        db.ends(this);
        db.csn++;
        db.tables.flush();
        db.world.happened(db.csn);
        for (var row : rows) {
            row.created = db.csn;
            db.tables.truth.committed(row, db.tables.partition(row.partition).floor);
        }
        if (db.is(Mutant.STAGED_APART) && db.world.dice.oneIn(8)) {
            db.tables.staged.removeIf(row -> row.writer == this);
        }
        if (db.world.traced()) {
            db.world.say("api  " + this + " commits");
        }
    }

    @Override
    public String toString() {
        var text = new StringBuilder("transaction of rides ");
        text.append(firstRide).append('-').append(firstRide + rows.length - 1).append(" (ids");
        for (int i = 0; i < drawn; i++) {
            text.append(' ').append(rows[i].id);
        }
        return text.append(')').toString();
    }
}
