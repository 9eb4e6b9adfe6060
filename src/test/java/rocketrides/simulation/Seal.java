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
 * The seal statement, for several partitions at once. Its snapshot chooses the rows to delete, after the head rows are
 * locked; a partition whose head row is locked is left out. A row that another transaction has deleted since is
 * skipped, so a segment may have fewer records.
 */
final class Seal extends Statement<List<NewSegment>> {
    private final int limit;
    private final List<Part> parts = new ArrayList<>(3);
    private long snapshot;
    private boolean chosen;

    /** What is sealed in one partition. */
    private final class Part {
        final PartitionRows partition;
        final List<Staged> taken = new ArrayList<>();
        private long floorInSnapshot;
        private long nextInSnapshot;
        private long publishedInSnapshot;
        private Stored stored;

        Part(PartitionRows partition) {
            this.partition = partition;
        }

        void snapshot() {
            var segments = partition.segments;
            floorInSnapshot = partition.floor;
            publishedInSnapshot = partition.published;
            nextInSnapshot = db.is(SEAL_MAX_PLUS_ONE)
                    ? segments.isEmpty() ? 1 : segments.get(segments.size() - 1).last() + 1
                    : partition.nextOffset;
        }

        boolean floorHasMoved() {
            return floorInSnapshot != partition.floor;
        }

        /** Locks the head row; false if there is nothing to seal, or if another transaction has locked it. */
        boolean begins() {
            if (db.is(SEAL_CHOOSES_PARTITION)) {
                return partition.head.tryTake(Seal.this);
            }
            return db.is(SEAL_SKIPS_LOCKED_ROWS)
                    || db.tables.anyStaged(partition.number, snapshot, partition.floor)
                            && partition.head.tryTake(Seal.this);
        }

        /** Chooses the rows; false if there are none. */
        boolean takes() {
            boolean locksRows = db.is(SEAL_SKIPS_LOCKED_ROWS) || db.is(SEAL_CHOOSES_PARTITION);
            int seen = 0;
            for (var row : db.tables.staged) {
                if (row.id > partition.floor
                        && (row.partition == partition.number || db.is(SEAL_CHOOSES_PARTITION))
                        && row.visible(snapshot)
                        && !(locksRows && row.lockedBy != null)) {
                    if (row.deleted == Staged.NEVER) {
                        taken.add(row);
                        row.lockedBy = locksRows ? Seal.this : null;
                    }
                    if (++seen == limit) {
                        break;
                    }
                }
            }
            return !taken.isEmpty();
        }

        void store() {
            long first = first();
            var lines = new StringBuilder();
            var rides = new long[taken.size()];
            for (int i = 0; i < rides.length; i++) {
                rides[i] = taken.get(i).ride;
                lines.append(i == 0 ? "" : "\n").append("create\tride\t").append(rides[i]);
            }
            var segment = new Segment(first, first + rides.length - 1, db.tags.get(), lines.toString());
            stored = new Stored(partition.number, segment, rides, db.clockMillis());
            db.uncommitted.add(stored);
        }

        private long first() {
            return switch (db.mutant) {
                case SEAL_HEAD_FROM_SNAPSHOT, SEAL_MAX_PLUS_ONE -> nextInSnapshot;
                case SEAL_OFFSETS_FROM_SEQUENCE -> {
                    long first = partition.offsetSequence;
                    partition.offsetSequence += taken.size();
                    yield first;
                }
                default -> partition.nextOffset;
            };
        }

        void commit() {
            partition.log.sealed(db.tables.truth, stored.first(), taken);
            for (var row : taken) {
                row.deleted = db.csn;
                if (db.is(SEAL_WATERMARK)) {
                    partition.floor = Math.max(partition.floor, row.id);
                }
            }
            partition.nextOffset = stored.last() + 1;
            partition.segments.add(stored);
            db.sealed(stored);
        }

        NewSegment result() {
            boolean next = publishedInSnapshot == stored.first() - 1 || db.is(PUBLISHED_WITHOUT_PREDECESSOR);
            return new NewSegment(partition.number, stored.first(), stored.last(), next, Optional.of(stored.segment));
        }

        void ended() {
            db.uncommitted.remove(stored);
            taken.forEach(row -> row.lockedBy = null);
        }
    }

    Seal(Client client, SimulatedPostgres db, List<PartitionRows> partitions, int limit) {
        super(client, db);
        this.limit = limit;
        partitions.forEach(partition -> parts.add(new Part(partition)));
    }

    @Override
    boolean admitted() {
        return db.staging.passes(this);
    }

    @Override
    void snapshot() {
        db.begins(this);
        db.snapshotTaken();
        snapshot = db.csn;
        parts.forEach(Part::snapshot);
    }

    /**
     * Whether a real seal may find nothing although records are staged. The recheck of the head row joins it with the
     * staged record that was found first, if the plan is a join, and that record may be at or below the new floor. The
     * next seal finds the others.
     */
    boolean floorHasMoved() {
        return parts.stream().anyMatch(Part::floorHasMoved);
    }

    @Override
    boolean work() {
        if (!chosen) {
            chosen = true;
            parts.removeIf(part -> !part.begins() || !part.takes());
        }
        if (parts.isEmpty()) {
            committed(List.of());
            return true;
        }
        if (db.is(SEAL_SKIPS_LOCKED_ROWS)) {
            for (var part : parts) {
                if (!part.partition.head.take(this)) {
                    return false;
                }
            }
        }
        parts.forEach(Part::store);
        return true;
    }

    @Override
    void commit() {
        parts.forEach(Part::commit);
        committed(result());
    }

    /** What it returns if it is committed. */
    List<NewSegment> result() {
        return parts.stream()
                .filter(part -> part.stored != null)
                .map(Part::result)
                .toList();
    }

    @Override
    void ended() {
        parts.forEach(Part::ended);
        if (db.ends(this)) {
            db.snapshotReleased();
        }
    }
}
