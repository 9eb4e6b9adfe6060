package rocketrides.simulation;

import rocketrides.log.Segment;

/**
 * Moves the cursor. The existence of the segment is read from the snapshot, the position of the cursor from the newest
 * row.
 */
final class Mark extends Statement<Boolean> {
    private final Segment segment;
    private boolean exists;

    Mark(Client client, SimulatedPostgres db, Segment segment) {
        super(client, db);
        this.segment = segment;
    }

    @Override
    void snapshot() {
        exists = db.is(Mutant.TAG_UNCHECKED_BY_MARK) || db.tables.segment(segment.firstOffset(), segment.tag()) != null;
        if (!exists || db.tables.published != segment.firstOffset() - 1) {
            answer(false);
        }
    }

    @Override
    boolean work() {
        if (!db.cursor.take(this)) {
            return false;
        }
        if (db.tables.published != segment.firstOffset() - 1) {
            answer(false);
        }
        return true;
    }

    @Override
    void commit() {
        db.tables.published = segment.lastOffset();
        db.tables.truth.marked(db.tables);
        committed(true);
    }

    /** The cursor is a hint: if a crash loses a mark, the segment is sent again. */
    @Override
    boolean flushes() {
        return false;
    }

    @Override
    public String toString() {
        return "Mark " + segment.firstOffset() + "-" + segment.lastOffset();
    }
}
