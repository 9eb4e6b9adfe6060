package rocketrides.simulation;

import java.util.List;
import rocketrides.simulation.Tables.Checkpoint;

/**
 * An operator's rewind or removal of a consumer, in all partitions: the registration lock, then its rows, then
 * everything at once.
 */
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
        var rows = db.tables.checkpoints(name);
        for (var row : rows) {
            if (!row.lock.take(this)) {
                return false;
            }
        }
        refuse(rows);
        return true;
    }

    private void refuse(List<Checkpoint> rows) {
        if (rows.isEmpty()) {
            fail(new Refused("there is no " + name));
        } else if (to > rows.get(0).offset) {
            fail(new Refused(name + " has not come so far"));
        } else if (to != AWAY && db.tables.partitions.stream().anyMatch(partition -> partition.beginning() != 1)) {
            fail(new Refused("the beginning is gone"));
        }
    }

    @Override
    void commit() {
        for (var row : db.tables.checkpoints(name)) {
            if (to == AWAY) {
                db.tables.checkpoints.remove(row);
                row.offset = to; // a save that waits for a deleted row finds no row
            } else {
                rewind(row, db.tables.partition(row.partition).log);
            }
        }
        db.tables.truth.rewound(name);
        committed(null);
    }

    private void rewind(Checkpoint row, TrueLog log) {
        if (row.partition == 0 || !db.is(Mutant.REWIND_OF_ONE_PARTITION)) {
            row.offset = to;
        }
        row.redisId = "0-0";
        row.total = log.sum(to);
        row.rejected = 0;
        for (long offset = 1; offset <= to; offset++) {
            row.rejected += RideNumbers.readable(log.ride(offset)) ? 0 : 1;
        }
        row.rewinds++;
        row.begun &= db.tables.partition(row.partition).generation == 0 || db.is(Mutant.GENERATION_OUTLIVES_REWIND);
        log.changed(row);
    }

    @Override
    public String toString() {
        return to == AWAY ? "Remove " + name : "Rewind " + name + " to " + to;
    }
}
