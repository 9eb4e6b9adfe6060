package rocketrides.simulation;

import io.vertx.core.Future;
import java.util.Optional;
import rocketrides.consumer.Checkpoints;
import rocketrides.simulation.Save.Part;

/** One client's access to a simulated checkpoint. */
final class SimulatedCheckpoints implements Checkpoints {
    private final SimulatedPostgres db;
    private final Client client;
    private final String name;

    SimulatedCheckpoints(SimulatedPostgres db, Client client, String name) {
        this.db = db;
        this.client = client;
        this.name = name;
    }

    @Override
    public Future<Void> register() {
        return new Register(client, db, name).send();
    }

    @Override
    public Future<Optional<Checkpoint>> load() {
        return new Query<>(client, db, "Load", this::stored).send();
    }

    private Optional<Checkpoint> stored() {
        var row = db.tables.checkpoint(name);
        return row == null
                ? Optional.empty()
                : Optional.of(new Checkpoint(row.offset, row.redisId, db.tables.nextOffset - 1, row.rewinds, true));
    }

    @Override
    public Future<Saved> save(Batch batch) {
        return db.is(Mutant.STATE_APART)
                ? new Save(client, db, name, batch, Part.STATE)
                        .send()
                        .compose(saved -> new Save(client, db, name, batch, Part.CHECKPOINT).send())
                : new Save(client, db, name, batch, Part.ALL).send();
    }

    /** The count is not checked, but the statement waits for the row. */
    @Override
    public Future<Void> countCrash() {
        return new CountCrash().send();
    }

    private final class CountCrash extends Statement<Void> {
        private Tables.Checkpoint row;

        CountCrash() {
            super(SimulatedCheckpoints.this.client, SimulatedCheckpoints.this.db);
        }

        @Override
        void snapshot() {
            row = db.tables.checkpoint(name);
            if (row == null) {
                answer(null);
            }
        }

        @Override
        boolean work() {
            return row.lock.take(this);
        }

        @Override
        void commit() {
            answer(null);
        }
    }
}
