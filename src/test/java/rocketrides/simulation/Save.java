package rocketrides.simulation;

import static rocketrides.consumer.Checkpoints.Saved.Outcome.*;

import java.util.List;
import rocketrides.consumer.Checkpoints.Batch;
import rocketrides.consumer.Checkpoints.Saved;
import rocketrides.simulation.Tables.Checkpoint;

/**
 * A consumer's save. The snapshot of its first statement decides whether the segments exist, and whether the checkpoint
 * is where it should be. If another save is moving the checkpoint, the newest row decides again. The state is changed
 * by the same statement, or by others in the same transaction.
 */
final class Save extends Statement<Saved> {
    enum Part {
        /** Two statements in a transaction. */
        ALL,
        /** One statement. */
        AT_ONCE,
        // the part that a wrong variant does in a transaction of its own
        STATE,
        CHECKPOINT
    }

    private final String name;
    private final PartitionRows partition;
    private final Batch batch;
    private final Part part;
    private Checkpoint row;
    private long rewinds;
    private boolean moved;

    Save(Client client, SimulatedPostgres db, String name, PartitionRows partition, Batch batch, Part part) {
        super(client, db);
        this.name = name;
        this.partition = partition;
        this.batch = batch;
        this.part = part;
    }

    @Override
    void snapshot() {
        row = db.tables.checkpoint(name, db.is(Mutant.CHECKPOINT_BY_NAME) ? 0 : partition.number);
        if (!db.is(Mutant.TAG_UNCHECKED_BY_SAVE)) {
            for (var segment : batch.segments()) {
                if (partition.segment(segment.firstOffset(), segment.tag()) == null) {
                    refused(OTHER_HISTORY);
                    return;
                }
            }
        }
        if (row != null) {
            rewinds = row.rewinds;
        }
        if (row == null || !stands()) {
            refused(MOVED);
        }
    }

    private boolean stands() {
        return switch (db.mutant) {
            case CHECKPOINT_UNCONDITIONAL -> true;
            case CHECKPOINT_BELOW -> row.offset < batch.to();
            default -> row.offset == batch.from() && row.rewinds == rewinds && row.begun;
        };
    }

    private void refused(Saved.Outcome outcome) {
        if (world.traced()) {
            world.say(client.name + "  " + this + ": refused, " + outcome);
        }
        answer(Saved.refused(outcome));
    }

    @Override
    boolean work() {
        if (moved) {
            return true;
        }
        if (!row.lock.take(this)) {
            return false;
        }
        if (!stands()) {
            refused(MOVED);
            return true;
        }
        if (part == Part.AT_ONCE) {
            return true;
        }
        moved = true;
        world.ready(this);
        return false;
    }

    @Override
    void commit() {
        var log = db.tables.partition(row.partition).log;
        if (part != Part.CHECKPOINT) {
            log.saving(row, batch);
            db.tables.truth.applied(row, batch, log);
            for (var record : batch.records()) {
                long ride = RideNumbers.ride(record);
                row.total += Truth.distance(ride);
                row.rejected += RideNumbers.readable(ride) ? 0 : 1;
            }
        }
        if (part != Part.STATE) {
            row.offset = batch.to();
            row.redisId = batch.redisId();
        }
        log.changed(row);
        committed(new Saved(DONE, batch.records().size(), List.of(), null));
    }

    @Override
    public String toString() {
        return "Save " + batch.from() + " to " + batch.to() + " "
                + batch.records().stream().map(RideNumbers::ride).toList();
    }
}
