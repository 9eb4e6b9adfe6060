package rocketrides.simulation;

import io.vertx.core.Future;
import java.time.Duration;
import rocketrides.Faults;
import rocketrides.Faults.SimulatedFailure;
import rocketrides.log.DeliveryGuard;
import rocketrides.log.RideStream;
import rocketrides.log.SegmentStore;
import rocketrides.log.UnusableLogException;
import rocketrides.streamer.Floor;
import rocketrides.streamer.Streamer;

/** A process that runs the real streamer, the way its verticle does. */
final class StreamerProcess {
    final Client client;
    private final History history;
    private final SegmentStore store;
    private final DeliveryGuard guard;
    private final Streamer streamer;
    private final Floor floor;
    private boolean checked;
    private long nextFloor;

    StreamerProcess(History history, Client client) {
        this.history = history;
        this.client = client;
        var plan = history.plan;
        store = new SimulatedSegmentStore(history.postgres, client);
        RideStream stream = new SimulatedRideStream(history.redis, history.postgres, client);
        guard = new DeliveryGuard("rides", plan.delivery(), stream, store);
        Faults faults = history.faults(client);
        streamer = new Streamer(
                store,
                stream,
                guard,
                faults,
                event -> {},
                history.world::nanos,
                plan.sealBatch(),
                Duration.ofMillis(plan.pollMillis()));
        floor = new Floor(store);
    }

    void start() {
        client.soon(this::pass);
        client.after(history.plan.retentionMillis() * 1_000_000, this::retain);
    }

    private void pass() {
        step().onComplete(done -> {
            if (done.succeeded()) {
                again(done.result());
            } else if (done.cause() instanceof SimulatedFailure) {
                again(0);
            } else if (done.cause() instanceof UnusableLogException unusable) {
                history.stopped(this, unusable);
            } else {
                again(history.backOff());
            }
        });
    }

    private void again(long nanos) {
        if (nanos == 0) {
            client.soon(this::pass);
        } else {
            client.after(nanos, this::pass);
        }
    }

    private Future<Long> step() {
        if (!checked) {
            return guard.check().onSuccess(ok -> checked = true).map(0L);
        }
        if (history.world.nanos() >= nextFloor) {
            return floor.runOnce()
                    .onComplete(done -> nextFloor = history.world.nanos() + history.plan.floorMillis() * 1_000_000)
                    .map(0L);
        }
        return streamer.runOnce().map(this::delay);
    }

    private long delay(Streamer.Next next) {
        return switch (next) {
            case MORE -> 0;
            case STAND_BY -> history.plan.pollMillis() * 500_000;
            case IDLE -> history.plan.pollMillis() * 1_000_000;
        };
    }

    private void retain() {
        store.retain(Duration.ofMillis(history.plan.retentionAgeMillis()))
                .onComplete(done -> client.after(history.plan.retentionMillis() * 1_000_000, this::retain));
    }
}
