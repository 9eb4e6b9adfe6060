package rocketrides.simulation;

import java.util.Collections;
import rocketrides.log.StagedRecords.FloorSample;

/** Reads the writers. If none of the sample's writers is left, moves the floor. */
final class RaiseFloor extends Statement<Boolean> {
    private final FloorSample sample;
    private final int incarnation;
    private boolean registered;
    private long snapshot;
    private boolean compared;

    RaiseFloor(Client client, SimulatedPostgres db, FloorSample sample, int incarnation) {
        super(client, db);
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
        return db.head.take(this);
    }

    @Override
    void commit() {
        var tables = db.tables;
        long target = sample.highestId();
        for (var row : tables.staged) {
            if (row.id > tables.floor && row.visible(snapshot)) {
                target = Math.min(target, row.id - 1);
                break;
            }
        }
        tables.floor = Math.max(tables.floor, target);
        tables.truth.floorRaised(tables);
        committed(true);
    }

    @Override
    void ended() {
        if (registered) {
            db.snapshotReleased();
        }
    }
}
