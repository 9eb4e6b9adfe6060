package rocketrides.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import rocketrides.simulation.Tables.Stored;

/** One partition in one history of the database: its rows of log_head and log_cursor, and its segments. */
final class PartitionRows {
    final int number;
    final int generation;
    final Lock head = new Lock();
    final Lock cursor = new Lock();
    final List<Stored> segments = new ArrayList<>();
    final TrueLog log;
    long nextOffset = 1;
    long floor;
    long published;

    /** The cursor after a crash. A mark does not wait for the disk, but each later commit that does also flushes it. */
    long publishedOnDisk;

    /** The sequence from which a wrong variant takes offsets. */
    long offsetSequence = 1;

    PartitionRows(int number, int generation) {
        this(number, generation, new TrueLog());
    }

    private PartitionRows(int number, int generation, TrueLog log) {
        this.number = number;
        this.generation = generation;
        this.log = log;
    }

    PartitionRows copy() {
        var copy = new PartitionRows(number, generation, log.copy());
        copy.segments.addAll(segments);
        copy.nextOffset = nextOffset;
        copy.floor = floor;
        copy.published = published;
        copy.publishedOnDisk = published;
        copy.offsetSequence = offsetSequence;
        return copy;
    }

    /** The offset at which the stored log begins. */
    long beginning() {
        return segments.isEmpty() ? nextOffset : segments.get(0).first();
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

    @Override
    public String toString() {
        return "partition " + number + ": head " + (nextOffset - 1) + ", published " + published + ", floor " + floor;
    }
}
