package rocketrides.simulation;

import static rocketrides.consumer.Checkpoints.Saved.Outcome.*;

import rocketrides.consumer.Checkpoints.Batch;
import rocketrides.consumer.Checkpoints.Saved;
import rocketrides.simulation.Tables.Checkpoint;

/**
 * A consumer's save. Whether the segments exist is decided by the snapshot, as is whether the checkpoint looks right; if
 * somebody else is moving it, the newest row decides once more.
 */
final class Save extends Statement<Saved> {
    /** What else the statement changes, or leaves out; only ever wrong variants do. */
    enum Part {
        ALL,
        STATE,
        CHECKPOINT
    }

    private final String name;
    private final Batch<Long> batch;
    private final Part part;
    private Checkpoint row;

    Save(Client client, SimulatedPostgres db, String name, Batch<Long> batch, Part part) {
        super(client, db);
        this.name = name;
        this.batch = batch;
        this.part = part;
    }

    @Override
    void snapshot() {
        row = db.tables.checkpoint(name);
        if (!db.is(Mutant.TAG_UNCHECKED_BY_SAVE)) {
            for (var segment : batch.segments()) {
                if (db.tables.segment(segment.firstOffset(), segment.tag()) == null) {
                    refused(OTHER_HISTORY);
                    return;
                }
            }
        }
        if (row == null || !stands()) {
            refused(MOVED);
        }
    }

    private boolean stands() {
        return switch (db.mutant) {
            case CHECKPOINT_UNCONDITIONAL -> true;
            case CHECKPOINT_BELOW -> row.offset < batch.to();
            default -> row.offset == batch.from();
        };
    }

    private void refused(Saved.Outcome outcome) {
        if (world.traced()) {
            world.say(client.name + "  " + this + ": refused, " + outcome);
        }
        answer(new Saved(outcome, null));
    }

    @Override
    boolean work() {
        if (!row.lock.take(this)) {
            return false;
        }
        if (!stands()) {
            refused(MOVED);
        }
        return true;
    }

    @Override
    void commit() {
        var truth = db.tables.truth;
        if (part != Part.CHECKPOINT) {
            truth.saving(row, batch);
            for (long ride : batch.events()) {
                row.total += Truth.distance(ride);
            }
            row.rejected += batch.rejected().size();
        }
        if (part != Part.STATE) {
            row.offset = batch.to();
            row.redisId = batch.redisId();
        }
        truth.changed(row);
        committed(new Saved(DONE, ""));
    }

    @Override
    public String toString() {
        return "Save " + batch.from() + " to " + batch.to() + " " + batch.events();
    }
}
