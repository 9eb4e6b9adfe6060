package rocketrides.simulation;

import io.vertx.core.Future;
import java.util.List;
import java.util.function.IntPredicate;
import rocketrides.log.NewSegment;
import rocketrides.log.StagedRecords;

/** One client's access to the simulated staged records. */
final class SimulatedStagedRecords implements StagedRecords {
    private final SimulatedPostgres db;
    private final Client client;
    private final IntPredicate owned;
    private FloorSample sampled;
    private int sampledIn;

    /** {@code owned}: the partitions that the client owns now. */
    SimulatedStagedRecords(SimulatedPostgres db, Client client, IntPredicate owned) {
        this.db = db;
        this.client = client;
        this.owned = owned;
    }

    private List<PartitionRows> mine() {
        return db.tables.partitions(owned);
    }

    @Override
    public Future<List<NewSegment>> seal(int limit) {
        var seal = new Seal(client, db, mine(), limit);
        var sealed = seal.send();
        return db.is(Mutant.PUBLISHED_THOUGH_UNKNOWN) ? sealed.otherwise(lost -> seal.result()) : sealed;
    }

    @Override
    public Future<FloorSample> sampleFloor() {
        sampledIn = db.incarnation;
        return new SampleFloor(client, db)
                .send()
                .onSuccess(sample -> sampled = sample)
                .onFailure(t -> sampled = null);
    }

    @Override
    public Future<Boolean> raiseFloor(FloorSample sample) {
        if (sample != sampled) {
            return Future.failedFuture(new IllegalStateException("the session of this sample is gone"));
        }
        return new RaiseFloor(client, db, mine(), sample, sampledIn).send().onFailure(t -> sampled = null);
    }

    @Override
    public Future<Boolean> lowerFloor() {
        return new LowerFloor(client, db, mine()).send();
    }
}
