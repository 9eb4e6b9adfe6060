package rocketrides.simulation;

import java.util.Arrays;
import java.util.List;
import rocketrides.consumer.Checkpoints.Batch;
import rocketrides.simulation.Tables.Checkpoint;
import rocketrides.simulation.Tables.Staged;

/** What really happened in one history of the database. Checks that the protocol agrees with it. */
final class Truth {
    /** By offset - 1. */
    private long[] log = new long[64];
    /** By offset: the sum of the distances up to there. */
    private long[] sums = new long[65];

    private int head;
    private long committedSum;
    private int committedRides;
    private long[] sealed = new long[4];
    private long latestBegin = -1;

    /**
     * Somebody has set the sequence of ids back. The log has no order across that, and the floor is too high for a
     * while.
     */
    private boolean sequenceSetBack;

    Truth copy() {
        var copy = new Truth();
        copy.log = log.clone();
        copy.sums = sums.clone();
        copy.head = head;
        copy.committedSum = committedSum;
        copy.committedRides = committedRides;
        copy.sealed = sealed.clone();
        copy.latestBegin = latestBegin;
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

    void sealed(long first, List<Staged> rows) {
        if (first != head + 1) {
            Invariant.DENSE.violated("a segment begins at offset " + first + " after head " + head);
        }
        for (var row : rows) {
            if (row.created == Staged.NEVER || isSealed(row.ride)) {
                Invariant.SEALED_ONCE.violated("ride " + row.ride + " is sealed as offset " + (head + 1)
                        + (isSealed(row.ride) ? " for the second time" : " and was not committed"));
            }
            if (row.created <= latestBegin && !sequenceSetBack) {
                Invariant.ORDER.violated("ride " + row.ride + ", offset " + (head + 1)
                        + ", was committed before a ride with a lower offset began");
            }
            if (row.index > 0 && !isSealed(row.ride - 1) && !sequenceSetBack) {
                Invariant.ORDER.violated("ride " + row.ride + " overtakes another of its transaction");
            }
            append(row);
        }
    }

    private void append(Staged row) {
        if (head == log.length) {
            log = Arrays.copyOf(log, head * 2);
            sums = Arrays.copyOf(sums, head * 2 + 1);
        }
        int word = (int) (row.ride >> 6);
        if (word >= sealed.length) {
            sealed = Arrays.copyOf(sealed, word * 2);
        }
        sealed[word] |= 1L << row.ride;
        latestBegin = Math.max(latestBegin, row.writer.began);
        log[head++] = row.ride;
        sums[head] = sums[head - 1] + distance(row.ride);
    }

    private boolean isSealed(long ride) {
        int word = (int) (ride >> 6);
        return word < sealed.length && (sealed[word] & 1L << ride) != 0;
    }

    void sequenceSetBack() {
        sequenceSetBack = true;
    }

    void floorRaised(Tables tables) {
        for (var row : tables.staged) {
            if (row.id <= tables.floor && row.deleted == Staged.NEVER && !sequenceSetBack) {
                Invariant.FLOOR.violated("the floor rises to " + tables.floor + " while id " + row.id + " is staged");
            }
        }
    }

    void marked(Tables tables) {
        long published = tables.published;
        for (var stored : tables.segments) {
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
                    stored.name + " moves from " + stored.offset + " to " + batch.to() + ", the head is " + head);
        }
        if (batch.records().size() != batch.to() - batch.from()) {
            Invariant.CURVE.violated(stored.name + " applies " + batch.records().size() + " records as offsets "
                    + (batch.from() + 1) + "-" + batch.to());
        }
        for (var record : batch.records()) {
            if (RideNumbers.ride(record) != ride(record.offset())) {
                Invariant.CURVE.violated(stored.name + " applies ride " + record.data() + " as offset "
                        + record.offset() + ", which is ride " + ride(record.offset()));
            }
        }
    }

    /** Called when either of the two has changed. */
    void changed(Checkpoint stored) {
        if (stored.offset > head || stored.total != sums[(int) stored.offset] - sums[(int) stored.base]) {
            Invariant.CURVE.violated(stored.name + " has total " + stored.total + " at offset " + stored.offset);
        }
    }

    /** Called after a deletion or a registration. */
    void archived(Tables tables) {
        long needed = Math.min(tables.published, head);
        for (var checkpoint : tables.checkpoints) {
            needed = Math.min(needed, checkpoint.offset);
        }
        long next =
                tables.segments.isEmpty() ? head + 1 : tables.segments.get(0).first();
        if (next > needed + 1) {
            Invariant.ARCHIVE.violated("it begins at offset " + next + ", but " + (needed + 1) + " is still needed");
        }
        for (var stored : tables.segments) {
            if (stored.first() != next) {
                Invariant.ARCHIVE.violated("it lacks offset " + next);
            }
            next = stored.last() + 1;
        }
        if (next != head + 1) {
            Invariant.ARCHIVE.violated("it ends before offset " + next + ", the head is " + head);
        }
    }

    void atRest(Tables tables) {
        if (head != committedRides) {
            Invariant.COMPLETE.violated(committedRides + " rides were committed, " + head + " are in the log");
        }
        for (var checkpoint : tables.checkpoints) {
            if (checkpoint.total != committedSum - sums[(int) checkpoint.base]) {
                Invariant.COMPLETE.violated(checkpoint.name + " has total " + checkpoint.total);
            }
        }
    }

    /** Whether this ride has this offset. */
    boolean holds(long offset, long ride) {
        return offset <= head && log[(int) offset - 1] == ride;
    }

    long ride(long offset) {
        return log[(int) offset - 1];
    }

    /** The sum of the records up to this offset. */
    long sum(long offset) {
        return sums[(int) offset];
    }

    long head() {
        return head;
    }
}
