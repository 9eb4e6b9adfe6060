package rocketrides.simulation;

import rocketrides.consumer.Instance;
import rocketrides.simulation.Tables.Checkpoint;

/**
 * Lets a consumer begin with a partition of a later generation, if its snapshot shows that nothing is left in the
 * partitions of older generations: nothing is staged there, and the consumer has applied everything.
 */
final class Begin extends Statement<Boolean> {
    final Instance instance;
    private Checkpoint row;
    private long rewinds;
    private boolean looked;

    Begin(Client client, SimulatedPostgres db, Instance instance) {
        super(client, db);
        this.instance = instance;
    }

    @Override
    void snapshot() {
        row = db.tables.checkpoint(instance.consumer(), instance.partition());
        if (row == null || isAnythingLeft() && !db.is(Mutant.GENERATION_UNWAITED)) {
            answer(false);
        } else {
            rewinds = row.rewinds;
        }
    }

    private boolean isAnythingLeft() {
        int generation = db.tables.partition(row.partition).generation;
        for (var older : db.tables.partitions) {
            if (older.generation < generation && !(isApplied(older) && isSealed(older))) {
                return true;
            }
        }
        return false;
    }

    private boolean isApplied(PartitionRows older) {
        var there = db.tables.checkpoint(instance.consumer(), older.number);
        return there != null && there.offset == older.nextOffset - 1;
    }

    private boolean isSealed(PartitionRows older) {
        return db.is(Mutant.GENERATION_IGNORES_STAGED) || !db.tables.anyStaged(older.number, db.csn, 0);
    }

    @Override
    boolean work() {
        if (!looked) {
            looked = true; // it reads two tables before it locks the row, so there is time for others
            world.ready(this);
            return false;
        }
        if (!row.lock.take(this)) {
            return false;
        }
        if (row.rewinds != rewinds && !db.is(Mutant.GENERATION_OVER_A_REWIND)) {
            answer(false);
        }
        return true;
    }

    @Override
    void commit() {
        row.begun = true;
        committed(true);
    }

    @Override
    public String toString() {
        return "Begin " + instance.role();
    }
}
