package rocketrides.simulation;

import rocketrides.log.Segment;

/**
 * Moves the cursor. The existence of the segment is read from the snapshot, the position of the cursor from the newest
 * row.
 */
final class Mark extends Statement<Boolean> {
    private final PartitionRows partition;
    private final Segment segment;

    Mark(Client client, SimulatedPostgres db, PartitionRows partition, Segment segment) {
        super(client, db);
        this.partition = partition;
        this.segment = segment;
    }

    @Override
    void snapshot() {
        boolean exists =
                db.is(Mutant.TAG_UNCHECKED_BY_MARK) || partition.segment(segment.firstOffset(), segment.tag()) != null;
        if (!exists || !isNext(partition)) {
            answer(false);
        }
    }

    private boolean isNext(PartitionRows which) {
        return which.published == segment.firstOffset() - 1;
    }

    @Override
    boolean work() {
        if (!partition.cursor.take(this)) {
            return false;
        }
        if (!isNext(partition)) {
            answer(false);
        }
        return true;
    }

    @Override
    void commit() {
        for (var each : db.tables.partitions) {
            if (each == partition || db.is(Mutant.MARK_WITHOUT_PARTITION) && isNext(each)) {
                each.published = segment.lastOffset();
                each.log.marked(each);
            }
        }
        committed(true);
    }

    /** The cursor is a hint: if a crash loses a mark, the segment is sent again. */
    @Override
    boolean flushes() {
        return false;
    }

    @Override
    public String toString() {
        return "Mark " + partition.number + ":" + segment.firstOffset() + "-" + segment.lastOffset();
    }
}
