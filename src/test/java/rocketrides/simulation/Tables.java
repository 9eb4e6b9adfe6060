package rocketrides.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import rocketrides.log.Segment;

/**
 * One history of the database: the committed rows, the rows of open transactions, and what really happened, which is in
 * no table. A backup is a copy of this.
 */
final class Tables {

    /**
     * A row of staged_log_records. Commits are numbered. The row exists for snapshots in {@code [created, deleted)}.
     */
    static final class Staged {
        static final long NEVER = Long.MAX_VALUE;

        final long id;
        final long ride;
        final Writer writer;
        /** The number of the row in its transaction. */
        final int index;

        long created = NEVER;
        long deleted = NEVER;
        /** Only a wrong variant of the seal locks rows. */
        Statement<?> lockedBy;

        Staged(long id, long ride, Writer writer, int index) {
            this.id = id;
            this.ride = ride;
            this.writer = writer;
            this.index = index;
        }

        boolean visible(long snapshot) {
            return created <= snapshot && deleted > snapshot;
        }

        boolean live() {
            return created != NEVER && deleted == NEVER;
        }
    }

    /** A row of log_segments. */
    static final class Stored {
        final Segment segment;
        final long[] rides;
        long sealedAt;

        /** One bit for each record that was appended to the stream, or that the stream had already passed. */
        long sent;

        /**
         * The records that Redis refused as already sent. If a later record is appended after that, consumers detect a
         * gap.
         */
        long doubtful;

        Stored(Segment segment, long[] rides, long sealedAt) {
            this.segment = segment;
            this.rides = rides;
            this.sealedAt = sealedAt;
        }

        long first() {
            return segment.firstOffset();
        }

        long last() {
            return segment.lastOffset();
        }

        void sendAll() {
            sent = (1L << rides.length) - 1;
        }

        boolean allSent() {
            return sent == (1L << rides.length) - 1;
        }
    }

    /** A row of checkpoints, with its row of total_distances. */
    static final class Checkpoint {
        final String name;
        /** Its first offset. */
        final long base;

        final Lock lock = new Lock();
        long offset;
        String redisId = "0-0";
        long total;
        int rejected;
        int rewinds;

        Checkpoint(String name, long base) {
            this.name = name;
            this.base = base;
            this.offset = base;
        }

        Checkpoint copy() {
            var copy = new Checkpoint(name, base);
            copy.offset = offset;
            copy.redisId = redisId;
            copy.total = total;
            copy.rejected = rejected;
            copy.rewinds = rewinds;
            return copy;
        }
    }

    final List<Staged> staged = new ArrayList<>();
    final List<Stored> segments = new ArrayList<>();
    final List<Checkpoint> checkpoints = new ArrayList<>();
    final Truth truth;
    long nextId = 1;
    long nextOffset = 1;
    long floor;
    long published;

    /** The cursor after a crash. A mark does not wait for the disk, but each later commit that does also flushes it. */
    long publishedOnDisk;

    /** The sequence from which a wrong variant takes offsets. */
    long offsetSequence = 1;

    Tables(Truth truth) {
        this.truth = truth;
    }

    /** A copy of the committed state. */
    Tables copy() {
        var copy = new Tables(truth.copy());
        for (var row : staged) {
            if (row.live()) {
                var kept = new Staged(row.id, row.ride, row.writer, row.index);
                kept.created = row.created;
                copy.staged.add(kept);
            }
        }
        copy.segments.addAll(segments);
        checkpoints.forEach(checkpoint -> copy.checkpoints.add(checkpoint.copy()));
        copy.nextId = nextId;
        copy.nextOffset = nextOffset;
        copy.floor = floor;
        copy.published = published;
        copy.publishedOnDisk = published;
        copy.offsetSequence = offsetSequence;
        return copy;
    }

    /** Null if there is no such row. */
    Checkpoint checkpoint(String name) {
        for (var checkpoint : checkpoints) {
            if (checkpoint.name.equals(name)) {
                return checkpoint;
            }
        }
        return null;
    }

    /** Null if there is no such row. */
    Stored segment(long first, UUID tag) {
        for (int i = segments.size() - 1; i >= 0; i--) {
            var stored = segments.get(i);
            if (stored.first() == first) {
                return stored.segment.tag().equals(tag) ? stored : null;
            }
        }
        return null;
    }

    boolean anyStaged(long snapshot, long above) {
        for (var row : staged) {
            if (row.id > above && row.visible(snapshot)) {
                return true;
            }
        }
        return false;
    }

    /** If the id is taken, the insert fails and is repeated. */
    long drawId() {
        while (staged.stream().anyMatch(row -> row.id == nextId && row.deleted == Staged.NEVER)) {
            nextId++;
        }
        return nextId++;
    }

    /** The value of {@code max(id)} for the existing rows. */
    long highestLiveId() {
        return staged.stream()
                .filter(Staged::live)
                .mapToLong(row -> row.id)
                .max()
                .orElse(0);
    }

    /** In the order of ids, wherever they were assigned. */
    void stage(Staged row) {
        int at = staged.size();
        while (at > 0 && staged.get(at - 1).id > row.id) {
            at--;
        }
        staged.add(at, row);
    }
}
