package rocketrides.simulation;

import io.vertx.core.Future;
import java.util.List;
import rocketrides.log.NewSegment;
import rocketrides.log.StagedRecords;

/** One client's access to the simulated staged records. */
final class SimulatedStagedRecords implements StagedRecords {
    private final SimulatedPostgres db;
    private final Client client;
    private FloorSample sampled;
    private int sampledIn;

    SimulatedStagedRecords(SimulatedPostgres db, Client client) {
        this.db = db;
        this.client = client;
    }

    @Override
    public Future<List<NewSegment>> seal(int limit) {
        var seal = new Seal(client, db, limit);
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
        return new RaiseFloor(client, db, sample, sampledIn).send().onFailure(t -> sampled = null);
    }

    @Override
    public Future<Boolean> lowerFloor() {
        return new LowerFloor(client, db).send();
    }
}
