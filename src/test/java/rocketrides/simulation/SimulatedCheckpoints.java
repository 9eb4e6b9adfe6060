package rocketrides.simulation;

import io.vertx.core.Future;
import java.util.NoSuchElementException;
import java.util.Optional;
import rocketrides.consumer.Checkpoints;
import rocketrides.consumer.Instance;
import rocketrides.simulation.Save.Part;

/** One client's access to the simulated checkpoint of an instance. */
final class SimulatedCheckpoints implements Checkpoints {
    private final SimulatedPostgres db;
    private final Client client;
    private final Instance instance;

    SimulatedCheckpoints(SimulatedPostgres db, Client client, Instance instance) {
        this.db = db;
        this.client = client;
        this.instance = instance;
    }

    @Override
    public Future<Void> register() {
        return new Register(client, db, instance.consumer()).send();
    }

    @Override
    public Future<Optional<Checkpoint>> load() {
        return stored().compose(stored -> stored.isEmpty() || stored.get().begun()
                ? Future.succeededFuture(stored)
                : new Begin(client, db, instance)
                        .send()
                        .compose(begun -> begun ? stored() : Future.succeededFuture(stored)));
    }

    private Future<Optional<Checkpoint>> stored() {
        return new Query<>(client, db, "Load", this::read).send();
    }

    private Optional<Checkpoint> read() {
        if (!db.tables.exists(instance.partition())) {
            throw new NoSuchElementException("partition " + instance.partition());
        }
        var row = row();
        long head = partition().nextOffset - 1;
        return row == null ? Optional.empty() : Optional.of(new Checkpoint(row.offset, row.redisId, head, row.begun));
    }

    /** Null if there is none. */
    private Tables.Checkpoint row() {
        return db.tables.checkpoint(instance.consumer(), db.is(Mutant.CHECKPOINT_BY_NAME) ? 0 : instance.partition());
    }

    private PartitionRows partition() {
        return db.tables.partition(instance.partition());
    }

    @Override
    public Future<Saved> save(Batch batch) {
        return db.is(Mutant.STATE_APART)
                ? save(batch, Part.STATE).compose(saved -> save(batch, Part.CHECKPOINT))
                : save(batch, Part.ALL);
    }

    Future<Saved> save(Batch batch, Part part) {
        return new Save(client, db, instance.consumer(), partition(), batch, part).send();
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
            row = row();
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
