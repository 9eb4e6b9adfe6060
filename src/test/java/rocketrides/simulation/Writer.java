package rocketrides.simulation;

import rocketrides.simulation.Tables.Staged;

/**
 * One transaction of the API: it takes its lock on the table, draws ids one by one, and commits or rolls back, each in
 * its own step. All its rows become visible at once.
 */
final class Writer implements Runnable {
    private final SimulatedPostgres db;
    private final Staged[] rows;
    private final boolean rollsBack;
    private final long commitDelay;

    /** The last commit before it began. */
    final long began;

    private final long firstRide;
    private int drawn;
    private boolean slept;
    private boolean over;

    Writer(SimulatedPostgres db, int rides, boolean rollsBack, long commitDelay) {
        this.db = db;
        this.rows = new Staged[rides];
        this.rollsBack = rollsBack;
        this.commitDelay = commitDelay;
        this.began = db.csn;
        this.firstRide = db.drawRides(rides);
        db.begins(this);
    }

    @Override
    public void run() {
        if (over) {
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
        var row = new Staged(nextId(), firstRide + drawn, this, drawn);
        rows[drawn++] = row;
        db.tables.stage(row);
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
        db.tables.publishedOnDisk = db.tables.published;
        db.world.happened(db.csn);
        for (var row : rows) {
            row.created = db.csn;
            db.tables.truth.committed(row, db.tables.floor);
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
