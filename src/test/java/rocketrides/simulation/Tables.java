package rocketrides.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;
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
        final int key;
        final int partition;

        /** The one before it in its transaction and partition; null if there is none. */
        Staged before;
        /** The last commit before it was inserted. */
        long inserted;

        long created = NEVER;
        long deleted = NEVER;
        /** Only a wrong variant of the seal locks rows. */
        Statement<?> lockedBy;

        Staged(long id, long ride, Writer writer, int key, int partition) {
            this.id = id;
            this.ride = ride;
            this.writer = writer;
            this.key = key;
            this.partition = partition;
        }

        Staged copy() {
            var copy = new Staged(id, ride, writer, key, partition);
            copy.before = before;
            copy.inserted = inserted;
            copy.created = created;
            return copy;
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
        final int partition;
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

        Stored(int partition, Segment segment, long[] rides, long sealedAt) {
            this.partition = partition;
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
        final int partition;
        /** Its first offset. */
        final long base;

        final Lock lock = new Lock();
        /** False while the consumer has something left in partitions of older generations. */
        boolean begun;

        long offset;
        String redisId = "0-0";
        long total;
        int rejected;
        int rewinds;

        Checkpoint(String name, PartitionRows partition, long base) {
            this(name, partition.number, base, partition.generation == 0);
        }

        private Checkpoint(String name, int partition, long base, boolean begun) {
            this.name = name;
            this.partition = partition;
            this.begun = begun;
            this.base = base;
            this.offset = base;
        }

        Checkpoint copy() {
            var copy = new Checkpoint(name, partition, base, begun);
            copy.offset = offset;
            copy.redisId = redisId;
            copy.total = total;
            copy.rejected = rejected;
            copy.rewinds = rewinds;
            return copy;
        }

        @Override
        public String toString() {
            return name + "/" + partition;
        }
    }

    final List<Staged> staged = new ArrayList<>();
    final List<PartitionRows> partitions = new ArrayList<>();
    final List<Checkpoint> checkpoints = new ArrayList<>();
    final Truth truth;
    long nextId = 1;

    /** The open partitions are this one and all after it. */
    private int firstOpen;

    Tables(int partitions) {
        this(new Truth());
        layOut(partitions);
    }

    private Tables(Truth truth) {
        this.truth = truth;
    }

    /** A copy of the committed state. */
    Tables copy() {
        var copy = new Tables(truth.copy());
        for (var row : staged) {
            if (row.live()) {
                copy.staged.add(row.copy());
            }
        }
        partitions.forEach(partition -> copy.partitions.add(partition.copy()));
        checkpoints.forEach(checkpoint -> copy.checkpoints.add(checkpoint.copy()));
        copy.nextId = nextId;
        copy.firstOpen = firstOpen;
        return copy;
    }

    /** Closes the open partitions, and creates new ones. */
    void layOut(int number) {
        int generation = partitions.isEmpty() ? 0 : partitions.get(firstOpen).generation + 1;
        firstOpen = partitions.size();
        var names = checkpoints.stream().map(row -> row.name).distinct().toList();
        for (int i = 0; i < number; i++) {
            var partition = new PartitionRows(firstOpen + i, generation);
            partitions.add(partition);
            names.forEach(name -> checkpoints.add(new Checkpoint(name, partition, 0)));
        }
    }

    int open() {
        return partitions.size() - firstOpen;
    }

    /** Without any rows if there is no such partition. */
    PartitionRows partition(int number) {
        return exists(number) ? partitions.get(number) : new PartitionRows(number, 0);
    }

    /** After a restore, processes may still work on partitions that the abandoned history had. */
    boolean exists(int partition) {
        return partition < partitions.size();
    }

    List<PartitionRows> partitions(IntPredicate which) {
        var those = new ArrayList<PartitionRows>(partitions.size());
        for (var partition : partitions) {
            if (which.test(partition.number)) {
                those.add(partition);
            }
        }
        return those;
    }

    /** The partition of a record with this key, or of all records of a statement without a key. */
    int partitionOf(int key) {
        return firstOpen + key % open();
    }

    /** Null if there is no such row. */
    Checkpoint checkpoint(String name, int partition) {
        for (var checkpoint : checkpoints) {
            if (checkpoint.partition == partition && checkpoint.name.equals(name)) {
                return checkpoint;
            }
        }
        return null;
    }

    /** All rows of the consumer. */
    List<Checkpoint> checkpoints(String name) {
        return checkpoints.stream()
                .filter(checkpoint -> checkpoint.name.equals(name))
                .toList();
    }

    boolean anyStaged(int partition, long snapshot, long above) {
        for (var row : staged) {
            if (row.id > above && row.partition == partition && row.visible(snapshot)) {
                return true;
            }
        }
        return false;
    }

    /** All marks up to now are on disk. */
    void flush() {
        for (var partition : partitions) {
            partition.publishedOnDisk = partition.published;
        }
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
