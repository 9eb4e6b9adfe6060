package rocketrides.simulation;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;
import rocketrides.simulation.Tables.Stored;

/** The database server: its tables, its locks, and its operations in progress. It can crash and be restored. */
final class SimulatedPostgres {
    final World world;
    final Mutant mutant;
    final List<Operation<?>> inFlight = new ArrayList<>();
    final Lock registration = new Lock();

    /** A change of the layout locks staged_log_records against everybody who stages or seals. */
    final Lock staging = new Lock();

    /** A virtual transaction that holds a writer's lock on staged_log_records. */
    record Writing(Object who, long number) {}

    private final List<Writing> writers = new ArrayList<>();
    private long virtualTransactions;

    /** Every segment that was ever committed, in any history. */
    private final Map<UUID, Stored> everSealed = new HashMap<>();

    Tables tables;

    /** Segments of seals that are about to commit; no other transaction may see them. */
    final List<Stored> uncommitted = new ArrayList<>();

    /** The number of the last commit. */
    long csn;

    /** gen_random_uuid() */
    Supplier<UUID> tags;

    /** The ids that two sessions cache, in a variant with a cached sequence. */
    final long[] cachedIds = new long[2];

    /** Increases when all sessions end. */
    int incarnation;

    /** The number of statements that still need the rows of their snapshot. */
    private int snapshots;

    private long rides;
    private long clockOff;

    SimulatedPostgres(World world, Mutant mutant, int partitions) {
        this.world = world;
        this.mutant = mutant;
        this.tables = new Tables(partitions);
        this.tags = () -> new UUID(world.dice.next(), world.dice.next());
    }

    boolean is(Mutant which) {
        return mutant == which;
    }

    long clockMillis() {
        return world.nanos() / 1_000_000 + clockOff;
    }

    void leap(long millis) {
        clockOff += millis;
    }

    long drawRides(int count) {
        long first = rides + 1;
        rides += count;
        return first;
    }

    void begins(Object writer) {
        writers.add(new Writing(writer, ++virtualTransactions));
    }

    /** False if it had not begun. */
    boolean ends(Object writer) {
        for (int i = 0; i < writers.size(); i++) {
            if (writers.get(i).who() == writer) {
                writers.remove(i);
                return true;
            }
        }
        return false;
    }

    Set<String> writers() {
        var numbers = new HashSet<String>();
        writers.forEach(writing -> numbers.add(Long.toString(writing.number())));
        return numbers;
    }

    /** A consumer that is about to begin with a partition. */
    Optional<String> beginning() {
        return inFlight.stream()
                .filter(Begin.class::isInstance)
                .map(begin -> ((Begin) begin).instance.consumer())
                .findFirst();
    }

    boolean isLayoutChanging() {
        return inFlight.stream().anyMatch(LayoutChange.class::isInstance);
    }

    boolean anyWriter() {
        return !writers.isEmpty();
    }

    boolean openTransactions() {
        for (var writing : writers) {
            if (writing.who() instanceof Writer) {
                return true;
            }
        }
        return false;
    }

    void snapshotTaken() {
        snapshots++;
    }

    void snapshotReleased() {
        if (--snapshots == 0) {
            tables.staged.removeIf(row -> row.deleted != Tables.Staged.NEVER);
        }
    }

    void sealed(Stored stored) {
        everSealed.put(stored.segment.tag(), stored);
    }

    /** Null if no such segment was ever committed. */
    Stored everSealed(UUID tag) {
        return everSealed.get(tag);
    }

    /** Uncommitted changes are lost, and marks may be. The sequence may jump, because it is logged 32 ids ahead. */
    void crash() {
        List.copyOf(inFlight).forEach(Operation::serverDied);
        for (var writer : List.copyOf(writers)) {
            if (writer.who() instanceof Writer open) {
                open.rollBack();
            }
        }
        for (var partition : tables.partitions) {
            if (world.dice.oneIn(2)) {
                partition.published = partition.publishedOnDisk;
            }
        }
        tables.nextId += world.dice.below(33);
        incarnation++;
    }

    /** Undoes everything after the backup. */
    void restore(Tables backup) {
        crash();
        tables = backup.copy();
        tables.nextId += world.dice.below(33);
    }
}
