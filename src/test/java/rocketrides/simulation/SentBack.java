package rocketrides.simulation;

import rocketrides.simulation.Tables.Checkpoint;

/** An operator's rewind or removal of a consumer: the registration lock, then its row, then everything at once. */
final class SentBack extends Statement<Void> {
    private static final long AWAY = -1;

    private final String name;
    private final long to;

    /** The operation is not possible. */
    static final class Refused extends RuntimeException {
        private static final long serialVersionUID = 1;

        Refused(String why) {
            super(why, null, false, false);
        }
    }

    private SentBack(Client client, SimulatedPostgres db, String name, long to) {
        super(client, db);
        this.name = name;
        this.to = to;
    }

    static SentBack rewind(Client client, SimulatedPostgres db, String name, long to) {
        return new SentBack(client, db, name, to);
    }

    static SentBack removal(Client client, SimulatedPostgres db, String name) {
        return new SentBack(client, db, name, AWAY);
    }

    @Override
    void snapshot() {}

    @Override
    boolean work() {
        if (!takesBefore(db.registration)) {
            return false;
        }
        var row = db.tables.checkpoint(name);
        if (row != null && !row.lock.take(this)) {
            return false;
        }
        refuse(row);
        return true;
    }

    private void refuse(Checkpoint row) {
        var segments = db.tables.segments;
        if (row == null) {
            fail(new Refused("there is no " + name));
        } else if (to > row.offset) {
            fail(new Refused(name + " has not come so far"));
        } else if (to != AWAY && !segments.isEmpty() && segments.get(0).first() != 1) {
            fail(new Refused("the beginning is gone"));
        }
    }

    @Override
    void commit() {
        var row = db.tables.checkpoint(name);
        if (to == AWAY) {
            db.tables.checkpoints.remove(row);
        } else {
            row.redisId = "0-0";
            row.total = db.tables.truth.sum(to);
            row.rejected = 0;
            for (long offset = 1; offset <= to; offset++) {
                row.rejected += RideNumbers.readable(db.tables.truth.ride(offset)) ? 0 : 1;
            }
            row.rewinds++;
        }
        row.offset = to; // a save that waits for a deleted row finds no row
        committed(null);
    }

    @Override
    public String toString() {
        return to == AWAY ? "Remove " + name : "Rewind " + name + " to " + to;
    }
}
