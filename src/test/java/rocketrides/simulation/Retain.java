package rocketrides.simulation;

import static rocketrides.simulation.Mutant.*;

import java.util.ArrayList;
import java.util.List;
import rocketrides.simulation.Tables.Stored;

/** Retention: the lock, then a second statement with its own snapshot. */
final class Retain extends Statement<Integer> {
    private final PartitionRows partition;
    private final long ageMillis;
    private final List<Stored> doomed = new ArrayList<>();

    Retain(Client client, SimulatedPostgres db, PartitionRows partition, long ageMillis) {
        super(client, db);
        this.partition = partition;
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
        for (var stored : partition.segments) {
            if (stored.last() <= upTo || db.is(RETENTION_NOT_PREFIX) && mayGo(stored)) {
                doomed.add(stored);
            }
        }
        return true;
    }

    private long upTo() {
        long oldEnough = 0;
        long youngest = db.clockMillis() - ageMillis;
        var segments = partition.segments;
        for (int i = 0; i < segments.size() - 1 && segments.get(i).sealedAt < youngest; i++) {
            oldEnough = segments.get(i).last();
        }
        if (db.is(RETENTION_BY_AGE)) {
            return oldEnough;
        }
        long upTo = db.is(RETENTION_IGNORES_CURSOR) ? oldEnough : Math.min(oldEnough, partition.published);
        return Math.min(upTo, lowestCheckpoint());
    }

    private long lowestCheckpoint() {
        int of = db.is(RETENTION_FOR_ANOTHER_PARTITION) ? 0 : partition.number;
        return db.tables.checkpoints.stream()
                .filter(checkpoint -> checkpoint.partition == of)
                .mapToLong(checkpoint -> checkpoint.offset)
                .min()
                .orElse(0);
    }

    /** As a wrong statement would decide, one row at a time. */
    private boolean mayGo(Stored stored) {
        return stored.sealedAt < db.clockMillis() - ageMillis
                && stored.last() <= Math.min(partition.published, lowestCheckpoint());
    }

    @Override
    void commit() {
        partition.segments.removeAll(doomed);
        partition.log.archived(partition, db.tables.checkpoints);
        committed(doomed.size());
    }
}
