package rocketrides.simulation;

import java.util.Collections;
import java.util.List;
import rocketrides.log.StagedRecords.FloorSample;

/** Reads the writers. If none of the sample's writers is left, moves the floors. */
final class RaiseFloor extends Statement<Boolean> {
    private final List<PartitionRows> partitions;
    private final FloorSample sample;
    private final int incarnation;
    private boolean registered;
    private long snapshot;
    private boolean compared;

    RaiseFloor(
            Client client, SimulatedPostgres db, List<PartitionRows> partitions, FloorSample sample, int incarnation) {
        super(client, db);
        this.partitions = partitions;
        this.sample = sample;
        this.incarnation = incarnation;
    }

    @Override
    void snapshot() {
        if (incarnation != db.incarnation && !db.is(Mutant.FLOOR_SURVIVES_SESSION)) {
            fail(new ConnectionLost());
            return;
        }
        if (!Collections.disjoint(sample.writers(), db.writers()) && !db.is(Mutant.FLOOR_UNWAITED)) {
            answer(false);
        }
    }

    @Override
    boolean work() {
        if (!registered) {
            registered = true;
            db.snapshotTaken();
            snapshot = db.csn;
            world.ready(this);
            return false;
        }
        if (!compared) {
            compared = true; // a sequence has no snapshots: the current value is read
            if (sample.highestId() >= db.tables.nextId && !db.is(Mutant.FLOOR_SURVIVES_SESSION)) {
                answer(true);
                return true;
            }
        }
        for (var partition : partitions) {
            if (!partition.head.take(this)) {
                return false;
            }
        }
        return true;
    }

    @Override
    void commit() {
        for (var partition : partitions) {
            raise(partition, db.is(Mutant.FLOOR_OF_ANOTHER_PARTITION) ? partitions.get(0) : partition);
        }
        committed(true);
    }

    /** {@code seen}: that whose staged records are looked at. */
    private void raise(PartitionRows partition, PartitionRows seen) {
        long target = sample.highestId();
        for (var row : db.tables.staged) {
            if (row.partition == seen.number && row.id > partition.floor && row.visible(snapshot)) {
                target = Math.min(target, row.id - 1);
                break;
            }
        }
        partition.floor = Math.max(partition.floor, target);
        db.tables.truth.floorRaised(db.tables, partition);
    }

    @Override
    void ended() {
        if (registered) {
            db.snapshotReleased();
        }
    }
}
