package rocketrides.simulation;

import io.vertx.core.Future;
import java.time.Duration;
import java.util.function.Supplier;
import rocketrides.log.DeliveryGuard;
import rocketrides.log.LogStream;
import rocketrides.log.SegmentStore;
import rocketrides.log.UnusableLogException;
import rocketrides.runtime.Faults;
import rocketrides.runtime.Faults.SimulatedFailure;
import rocketrides.streamer.Floor;
import rocketrides.streamer.Publisher;
import rocketrides.streamer.Sealer;
import rocketrides.streamer.StandBy;

/** A process that runs the real streamer as its verticle does: sealing and publishing are separate loops. */
final class StreamerProcess {
    final Client client;
    private final History history;
    private final SegmentStore store;
    private final Sealer sealer;
    private final Publisher publisher;
    private final Floor floor;
    private long nextFloor;

    StreamerProcess(History history, Client client) {
        this.history = history;
        this.client = client;
        var plan = history.plan;
        store = new SimulatedSegmentStore(history.postgres, client);
        var staged = new SimulatedStagedRecords(history.postgres, client);
        LogStream stream = new SimulatedLogStream(history.redis, history.postgres, client);
        var guard = new DeliveryGuard("rides", plan.delivery(), stream, store);
        var standBy = new StandBy(Duration.ofMillis(plan.pollMillis()), history.world::nanos);
        Faults faults = history.faults(client);
        publisher =
                new Publisher(store, stream, guard, standBy, segment -> faults.at(Faults.Point.STREAMER_AFTER_PUBLISH));
        sealer = new Sealer(staged, plan.sealBatch(), publisher::sealed);
        floor = new Floor(staged, history.world::nanos, Duration.ofMillis(4 * plan.floorMillis()));
    }

    void start() {
        client.soon(() -> loop(this::seal));
        client.soon(() -> loop(this::publish));
        client.after(history.plan.retentionMillis() * 1_000_000, this::retain);
    }

    private void loop(Supplier<Future<Long>> step) {
        step.get().onComplete(done -> {
            if (done.succeeded()) {
                again(step, done.result());
            } else if (done.cause() instanceof SimulatedFailure) {
                again(step, 0);
            } else if (done.cause() instanceof UnusableLogException unusable) {
                history.stopped(this, unusable);
            } else {
                again(step, history.backOff());
            }
        });
    }

    private void again(Supplier<Future<Long>> step, long nanos) {
        if (nanos == 0) {
            client.soon(() -> loop(step));
        } else {
            client.after(nanos, () -> loop(step));
        }
    }

    private Future<Long> seal() {
        if (history.world.nanos() >= nextFloor) {
            return floor.runOnce()
                    .onComplete(done -> nextFloor = history.world.nanos() + history.plan.floorMillis() * 1_000_000)
                    .map(0L);
        }
        return sealer.runOnce().map(next -> next == Sealer.Next.IDLE ? history.plan.pollMillis() * 1_000_000 : 0);
    }

    private Future<Long> publish() {
        return publisher.runOnce().map(next -> switch (next) {
            case MORE -> 0L;
            case STAND_BY -> history.plan.pollMillis() * 500_000;
            case IDLE -> history.plan.pollMillis() * 1_000_000;
        });
    }

    private void retain() {
        store.retain(Duration.ofMillis(history.plan.retentionAgeMillis()))
                .onComplete(done -> client.after(history.plan.retentionMillis() * 1_000_000, this::retain));
    }
}
