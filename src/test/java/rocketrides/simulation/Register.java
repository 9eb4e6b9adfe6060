package rocketrides.simulation;

import java.util.List;
import rocketrides.simulation.Tables.Checkpoint;

/** Registration in all partitions: the lock, then a second statement with its own snapshot. */
final class Register extends Statement<Void> {
    private final String name;

    /** The rows to insert, before the first record that is still in each partition. */
    private List<Checkpoint> rows;

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
        if (rows == null) {
            rows = db.tables.partitions.stream()
                    .map(partition -> new Checkpoint(name, partition, partition.beginning() - 1))
                    .toList();
        }
        // ON CONFLICT DO NOTHING waits for a transaction that is changing a row of this name.
        for (var row : rows) {
            var there = db.tables.checkpoint(name, row.partition);
            if (there != null && !there.lock.passes(this)) {
                return false;
            }
        }
        return true;
    }

    @Override
    void commit() {
        for (var row : rows) {
            if (db.tables.checkpoint(name, row.partition) == null) {
                db.tables.checkpoints.add(row);
                var partition = db.tables.partition(row.partition);
                partition.log.archived(partition, db.tables.checkpoints);
            }
        }
        committed(null);
    }

    @Override
    public String toString() {
        return "Register " + name
                + (rows == null
                        ? ""
                        : " at " + rows.stream().map(row -> row.base).toList());
    }
}
