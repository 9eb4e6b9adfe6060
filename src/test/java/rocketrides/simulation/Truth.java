package rocketrides.simulation;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import rocketrides.consumer.Checkpoints.Batch;
import rocketrides.simulation.Tables.Checkpoint;
import rocketrides.simulation.Tables.Staged;

/** What really happened in one history of the database, in all partitions. Checks that the protocol agrees with it. */
final class Truth {
    private long committedSum;
    private int committedRides;
    private long[] sealed = new long[4];

    /** What each consumer has applied of each key. */
    private final Map<String, Applied[]> applied = new HashMap<>();

    /**
     * Somebody has set the sequence of ids back. The log has no order across that, and the floor is too high for a
     * while.
     */
    private boolean sequenceSetBack;

    /** @param latestInsert of all applied records of the key */
    private record Applied(Staged last, long latestInsert) {}

    Truth copy() {
        var copy = new Truth();
        copy.committedSum = committedSum;
        copy.committedRides = committedRides;
        copy.sealed = sealed.clone();
        applied.forEach((name, keys) -> copy.applied.put(name, keys.clone()));
        copy.sequenceSetBack = sequenceSetBack;
        return copy;
    }

    /** In metres; nothing if consumers cannot read the record. */
    static long distance(long ride) {
        return RideNumbers.readable(ride) ? 1 + (Dice.mix(ride) >>> 54) : 0;
    }

    void committed(Staged row, long floor) {
        committedSum += distance(row.ride);
        committedRides++;
        if (row.id <= floor && !sequenceSetBack) {
            Invariant.FLOOR.violated("id " + row.id + " is committed while the floor is " + floor);
        }
    }

    void sealed(Staged row) {
        if (row.created == Staged.NEVER || isSealed(row.ride)) {
            Invariant.SEALED_ONCE.violated("ride " + row.ride + " is sealed"
                    + (isSealed(row.ride) ? " for the second time" : " and was not committed"));
        }
        if (row.before != null && !isSealed(row.before.ride) && !sequenceSetBack) {
            Invariant.ORDER.violated("ride " + row.ride + " overtakes another of its transaction");
        }
        int word = (int) (row.ride >> 6);
        if (word >= sealed.length) {
            sealed = Arrays.copyOf(sealed, word * 2);
        }
        sealed[word] |= 1L << row.ride;
    }

    private boolean isSealed(long ride) {
        int word = (int) (ride >> 6);
        return word < sealed.length && (sealed[word] & 1L << ride) != 0;
    }

    void sequenceSetBack() {
        sequenceSetBack = true;
    }

    boolean isSequenceSetBack() {
        return sequenceSetBack;
    }

    void floorRaised(Tables tables, PartitionRows partition) {
        for (var row : tables.staged) {
            if (row.partition == partition.number
                    && row.id <= partition.floor
                    && row.deleted == Staged.NEVER
                    && !sequenceSetBack) {
                Invariant.FLOOR.violated(
                        "the floor rises to " + partition.floor + " while id " + row.id + " is staged");
            }
        }
    }

    /** Called after the partition's own checks, so the records are those of its log. */
    void applied(Checkpoint stored, Batch batch, TrueLog log) {
        Applied[] keys = applied.computeIfAbsent(stored.name, name -> new Applied[Writer.KEYS]);
        for (var record : batch.records()) {
            var row = log.record(record.offset());
            if (row.key != Writer.NO_KEY) {
                keys[row.key] = after(keys[row.key], row, stored);
            }
        }
    }

    private Applied after(Applied before, Staged row, Checkpoint stored) {
        if (before == null) {
            return new Applied(row, row.inserted);
        }
        boolean late =
                row.created <= before.latestInsert || row.writer == before.last.writer && row.ride < before.last.ride;
        if (late && !sequenceSetBack) {
            Invariant.KEY.violated(
                    stored + " applies ride " + row.ride + " after ride " + before.last.ride + " of the same key");
        }
        return new Applied(row, Math.max(before.latestInsert, row.inserted));
    }

    /** The consumer begins again. */
    void rewound(String name) {
        applied.remove(name);
    }

    void atRest(Tables tables) {
        int sealedRides = 0;
        for (var partition : tables.partitions) {
            sealedRides += partition.log.head();
        }
        if (sealedRides != committedRides) {
            Invariant.COMPLETE.violated(committedRides + " rides were committed, " + sealedRides + " are in the log");
        }
        var totals = new HashMap<String, Long>();
        for (var row : tables.checkpoints) {
            totals.merge(
                    row.name, row.total + tables.partition(row.partition).log.sum(row.base), Long::sum);
        }
        totals.forEach((name, total) -> {
            if (total != committedSum) {
                Invariant.COMPLETE.violated(name + " has total " + total + " of " + committedSum);
            }
        });
    }
}
