package rocketrides.simulation;

import static rocketrides.simulation.Mutant.*;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import rocketrides.log.NewSegment;
import rocketrides.log.Segment;
import rocketrides.simulation.Tables.Staged;
import rocketrides.simulation.Tables.Stored;

/**
 * The seal statement. Its snapshot chooses the rows to delete, after the head row is locked. A row that another
 * transaction has deleted since is skipped, so a segment may have fewer records.
 */
final class Seal extends Statement<List<NewSegment>> {
    private final int limit;
    private long snapshot;
    private long floorInSnapshot;
    private long nextInSnapshot;
    private boolean chosen;
    private final List<Staged> taken = new ArrayList<>();
    private Stored stored;

    Seal(Client client, SimulatedPostgres db, int limit) {
        super(client, db);
        this.limit = limit;
    }

    @Override
    void snapshot() {
        db.begins(this);
        db.snapshotTaken();
        snapshot = db.csn;
        floorInSnapshot = db.tables.floor;
        nextInSnapshot = db.is(SEAL_MAX_PLUS_ONE)
                ? db.tables.segments.isEmpty()
                        ? 1
                        : db.tables.segments.get(db.tables.segments.size() - 1).last() + 1
                : db.tables.nextOffset;
    }

    /**
     * Whether a real seal may find nothing although records are staged. The recheck of the head row joins it with the
     * staged record that was found first, if the plan is a join, and that record may be at or below the new floor. The
     * next seal finds the others.
     */
    boolean floorHasMoved() {
        return floorInSnapshot != db.tables.floor;
    }

    @Override
    boolean work() {
        boolean locksRows = db.is(SEAL_SKIPS_LOCKED_ROWS);
        if (!locksRows && !(db.tables.anyStaged(snapshot, db.tables.floor) && db.head.tryTake(this))) {
            committed(List.of());
            return true;
        }
        if (!chosen) {
            chosen = true;
            take(locksRows);
        }
        if (taken.isEmpty()) {
            committed(List.of());
            return true;
        }
        if (locksRows && !db.head.take(this)) {
            return false;
        }
        stored = store(first());
        db.uncommitted.add(stored);
        return true;
    }

    private void take(boolean locksRows) {
        int seen = 0;
        for (var row : db.tables.staged) {
            if (row.id > db.tables.floor && row.visible(snapshot) && !(locksRows && row.lockedBy != null)) {
                if (row.deleted == Staged.NEVER) {
                    taken.add(row);
                    row.lockedBy = locksRows ? this : null;
                }
                if (++seen == limit) {
                    return;
                }
            }
        }
    }

    private long first() {
        return switch (db.mutant) {
            case SEAL_HEAD_FROM_SNAPSHOT, SEAL_MAX_PLUS_ONE -> nextInSnapshot;
            case SEAL_OFFSETS_FROM_SEQUENCE -> {
                long first = db.tables.offsetSequence;
                db.tables.offsetSequence += taken.size();
                yield first;
            }
            default -> db.tables.nextOffset;
        };
    }

    private Stored store(long first) {
        var lines = new StringBuilder();
        var rides = new long[taken.size()];
        for (int i = 0; i < rides.length; i++) {
            rides[i] = taken.get(i).ride;
            lines.append(i == 0 ? "" : "\n").append("create\tride\t").append(rides[i]);
        }
        return new Stored(
                new Segment(first, first + rides.length - 1, db.tags.get(), lines.toString()), rides, db.clockMillis());
    }

    @Override
    void commit() {
        var tables = db.tables;
        tables.truth.sealed(stored.first(), taken);
        for (var row : taken) {
            row.deleted = db.csn;
            if (db.is(SEAL_WATERMARK)) {
                tables.floor = Math.max(tables.floor, row.id);
            }
        }
        tables.nextOffset = stored.last() + 1;
        tables.segments.add(stored);
        db.sealed(stored);
        committed(result());
    }

    /** What it returns if it is committed. */
    List<NewSegment> result() {
        return stored == null
                ? List.of()
                : List.of(new NewSegment(0, stored.first(), stored.last(), Optional.of(stored.segment)));
    }

    @Override
    void ended() {
        db.uncommitted.remove(stored);
        taken.forEach(row -> row.lockedBy = null);
        if (db.ends(this)) {
            db.snapshotReleased();
        }
    }
}
