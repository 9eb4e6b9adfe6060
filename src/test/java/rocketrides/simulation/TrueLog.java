package rocketrides.simulation;

import java.util.Arrays;
import java.util.List;
import rocketrides.consumer.Checkpoints.Batch;
import rocketrides.simulation.Tables.Checkpoint;
import rocketrides.simulation.Tables.Staged;

/** What one partition's log really contains. Checks that the protocol agrees with it. */
final class TrueLog {
    /** By offset - 1. */
    private Staged[] records = new Staged[64];
    /** By offset: the sum of the distances up to there. */
    private long[] sums = new long[65];

    private int head;
    private long latestInsert = -1;

    TrueLog copy() {
        var copy = new TrueLog();
        copy.records = records.clone();
        copy.sums = sums.clone();
        copy.head = head;
        copy.latestInsert = latestInsert;
        return copy;
    }

    void sealed(Truth truth, long first, List<Staged> rows) {
        if (first != head + 1) {
            Invariant.DENSE.violated("a segment begins at offset " + first + " after head " + head);
        }
        for (var row : rows) {
            truth.sealed(row);
            if (row.created <= latestInsert && !truth.isSequenceSetBack()) {
                Invariant.ORDER.violated("ride " + row.ride + ", offset " + (head + 1)
                        + ", was committed before a ride with a lower offset was staged");
            }
            append(row);
        }
    }

    private void append(Staged row) {
        if (head == records.length) {
            records = Arrays.copyOf(records, head * 2);
            sums = Arrays.copyOf(sums, head * 2 + 1);
        }
        latestInsert = Math.max(latestInsert, row.inserted);
        records[head++] = row;
        sums[head] = sums[head - 1] + Truth.distance(row.ride);
    }

    void marked(PartitionRows partition) {
        long published = partition.published;
        for (var stored : partition.segments) {
            if (stored.last() == published) {
                if (!stored.allSent()) {
                    Invariant.MARKED_UNSENT.violated("segment " + stored.first() + "-" + stored.last());
                }
                return;
            }
        }
        Invariant.CURSOR.violated("the cursor moves to " + published + ", where no segment ends; the head is " + head);
    }

    /** Called before the row changes. */
    void saving(Checkpoint stored, Batch batch) {
        if (batch.to() <= stored.offset || batch.to() > head) {
            Invariant.FORWARD.violated(
                    stored + " moves from " + stored.offset + " to " + batch.to() + ", the head is " + head);
        }
        if (batch.records().size() != batch.to() - batch.from()) {
            Invariant.CURVE.violated(stored + " applies " + batch.records().size() + " records as offsets "
                    + (batch.from() + 1) + "-" + batch.to());
        }
        for (var record : batch.records()) {
            if (RideNumbers.ride(record) != ride(record.offset())) {
                Invariant.CURVE.violated(stored + " applies ride " + record.data() + " as offset " + record.offset()
                        + ", which is ride " + ride(record.offset()));
            }
        }
    }

    /** Called when either of the two has changed. */
    void changed(Checkpoint stored) {
        if (stored.offset > head || stored.total != sum(stored.offset) - sum(stored.base)) {
            Invariant.CURVE.violated(stored + " has total " + stored.total + " at offset " + stored.offset);
        }
    }

    /** Called after a deletion or a registration. */
    void archived(PartitionRows partition, List<Checkpoint> checkpoints) {
        long needed = Math.min(partition.published, head);
        for (var checkpoint : checkpoints) {
            if (checkpoint.partition == partition.number) {
                needed = Math.min(needed, checkpoint.offset);
            }
        }
        long next = partition.segments.isEmpty() ? head + 1 : partition.beginning();
        if (next > needed + 1) {
            Invariant.ARCHIVE.violated("it begins at offset " + next + ", but " + (needed + 1) + " is still needed");
        }
        for (var stored : partition.segments) {
            if (stored.first() != next) {
                Invariant.ARCHIVE.violated("it lacks offset " + next);
            }
            next = stored.last() + 1;
        }
        if (next != head + 1) {
            Invariant.ARCHIVE.violated("it ends before offset " + next + ", the head is " + head);
        }
    }

    /** Whether this ride has this offset. */
    boolean holds(long offset, long ride) {
        return offset <= head && ride(offset) == ride;
    }

    Staged record(long offset) {
        return records[(int) offset - 1];
    }

    long ride(long offset) {
        return record(offset).ride;
    }

    /** The sum of the records up to this offset. */
    long sum(long offset) {
        return sums[(int) offset];
    }

    int head() {
        return head;
    }
}
