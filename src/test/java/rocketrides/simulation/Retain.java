package rocketrides.simulation;

import static rocketrides.simulation.Mutant.*;

import java.util.ArrayList;
import java.util.List;
import rocketrides.simulation.Tables.Stored;

/** Retention: the lock, then a second statement with its own snapshot. */
final class Retain extends Statement<Integer> {
    private final long ageMillis;
    private final List<Stored> doomed = new ArrayList<>();

    Retain(Client client, SimulatedPostgres db, long ageMillis) {
        super(client, db);
        this.ageMillis = ageMillis;
    }

    @Override
    void snapshot() {}

    @Override
    boolean work() {
        if (!takesBefore(db.registration)) {
            return false;
        }
        long upTo = upTo();
        for (var stored : db.tables.segments) {
            if (stored.last() <= upTo || db.is(RETENTION_NOT_PREFIX) && mayGo(stored)) {
                doomed.add(stored);
            }
        }
        return true;
    }

    private long upTo() {
        long oldEnough = 0;
        long youngest = db.clockMillis() - ageMillis;
        var segments = db.tables.segments;
        for (int i = 0; i < segments.size() - 1 && segments.get(i).sealedAt < youngest; i++) {
            oldEnough = segments.get(i).last();
        }
        if (db.is(RETENTION_BY_AGE)) {
            return oldEnough;
        }
        long upTo = db.is(RETENTION_IGNORES_CURSOR) ? oldEnough : Math.min(oldEnough, db.tables.published);
        return Math.min(upTo, lowestCheckpoint());
    }

    private long lowestCheckpoint() {
        return db.tables.checkpoints.stream()
                .mapToLong(checkpoint -> checkpoint.offset)
                .min()
                .orElse(0);
    }

    /** As a wrong statement would decide, one row at a time. */
    private boolean mayGo(Stored stored) {
        return stored.sealedAt < db.clockMillis() - ageMillis
                && stored.last() <= Math.min(db.tables.published, lowestCheckpoint());
    }

    @Override
    void commit() {
        db.tables.segments.removeAll(doomed);
        db.tables.truth.archived(db.tables);
        committed(doomed.size());
    }
}
