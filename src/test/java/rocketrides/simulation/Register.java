package rocketrides.simulation;

import rocketrides.simulation.Tables.Checkpoint;

/** Registration: the lock, then a second statement with its own snapshot. */
final class Register extends Statement<Void> {
    private final String name;
    private boolean looked;
    private long base;

    Register(Client client, SimulatedPostgres db, String name) {
        super(client, db);
        this.name = name;
    }

    boolean is(String which) {
        return name.equals(which);
    }

    @Override
    void snapshot() {}

    @Override
    boolean work() {
        if (!db.is(Mutant.REGISTRATION_UNLOCKED) && !db.registration.take(this)) {
            return false;
        }
        if (!looked) {
            looked = true;
            var segments = db.tables.segments;
            base = (segments.isEmpty() ? db.tables.nextOffset : segments.get(0).first()) - 1;
        }
        // ON CONFLICT DO NOTHING waits for a transaction that is changing the row of this name.
        var row = db.tables.checkpoint(name);
        return row == null || row.lock.passes(this);
    }

    @Override
    void commit() {
        if (db.tables.checkpoint(name) == null) {
            db.tables.checkpoints.add(new Checkpoint(name, base));
            db.tables.truth.archived(db.tables);
        }
        committed(null);
    }

    @Override
    public String toString() {
        return "Register " + name + " at " + base;
    }
}
