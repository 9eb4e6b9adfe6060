package rocketrides.simulation;

import io.vertx.core.Future;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import rocketrides.log.DeliveryGuard;
import rocketrides.log.LogStream;
import rocketrides.log.NewSegment;
import rocketrides.log.SegmentStore;
import rocketrides.log.UnusableLogException;
import rocketrides.runtime.Faults;
import rocketrides.runtime.Faults.SimulatedFailure;
import rocketrides.streamer.Floor;
import rocketrides.streamer.Publisher;
import rocketrides.streamer.Sealer;
import rocketrides.streamer.StandBy;

/**
 * A process that runs the real streamer as its verticle does: one loop that seals all of its partitions, and one loop
 * for each partition that publishes.
 */
final class StreamerProcess {
    final Client client;
    private final History history;
    private final Sealer sealer;
    private final Floor floor;
    /** One for each partition that the process owns. */
    private final Map<Integer, Publishing> publishing = new HashMap<>();

    private long nextFloor;

    StreamerProcess(History history, Client client) {
        this.history = history;
        this.client = client;
        var staged = new SimulatedStagedRecords(history.postgres, client, this::owns);
        sealer = new Sealer(staged, history.plan.sealBatch(), this::sealed);
        floor = new Floor(staged, history.world::nanos, Duration.ofMillis(4 * history.plan.floorMillis()));
    }

    /** The loop that publishes one partition. */
    private final class Publishing {
        private final int partition;
        private final Publisher publisher;

        Publishing(int partition) {
            this.partition = partition;
            var plan = history.plan;
            var store = store(partition);
            LogStream stream = new SimulatedLogStream(streamOf(partition), history.postgres, client);
            var guard = new DeliveryGuard("rides", plan.delivery(), stream, store);
            var standBy = new StandBy(Duration.ofMillis(plan.pollMillis()), history.world::nanos);
            Faults faults = history.faults(client);
            publisher = new Publisher(
                    store, stream, guard, standBy, segment -> faults.at(Faults.Point.STREAMER_AFTER_PUBLISH));
        }

        private SimulatedRedis streamOf(int partition) {
            int streams = history.streams.size();
            boolean another = history.postgres.is(Mutant.STREAM_OF_ANOTHER_PARTITION);
            return history.streams.get(another ? (partition + 1) % streams : partition);
        }

        /** Another one may publish the partition by now; the pass that has begun goes on. */
        private void loop() {
            if (publishing.get(partition) == this) {
                StreamerProcess.this.loop(publisher.runOnce().map(this::pause), partition, this::loop);
            }
        }

        private long pause(Publisher.Next next) {
            return switch (next) {
                case MORE -> 0;
                case STAND_BY -> history.plan.pollMillis() * 500_000;
                case IDLE -> history.plan.pollMillis() * 1_000_000;
            };
        }
    }

    private SegmentStore store(int partition) {
        return new SimulatedSegmentStore(history.postgres, client, partition);
    }

    void start() {
        client.soon(this::sealing);
        client.after(history.plan.retentionMillis() * 1_000_000, () -> retain(0));
    }

    boolean owns(int partition) {
        return publishing.containsKey(partition);
    }

    void own(int partition) {
        if (!owns(partition)) {
            var publishes = new Publishing(partition);
            publishing.put(partition, publishes);
            client.soon(publishes::loop);
        }
    }

    /** A process that is frozen does not notice. */
    void lose(int partition) {
        if (!client.frozen()) {
            publishing.remove(partition);
        }
    }

    private void sealed(NewSegment segment) {
        var publishes = publishing.get(segment.partition());
        if (publishes != null) {
            publishes.publisher.sealed(segment);
        }
    }

    /** {@code pass}: one pass of a loop. Completes with the nanoseconds until the next one. */
    private void loop(Future<Long> pass, int partition, Runnable next) {
        pass.onComplete(done -> {
            if (done.succeeded()) {
                again(next, done.result());
            } else if (done.cause() instanceof SimulatedFailure) {
                again(next, 0);
            } else if (done.cause() instanceof UnusableLogException unusable) {
                history.stopped(this, partition, unusable);
            } else {
                again(next, history.backOff());
            }
        });
    }

    private void again(Runnable next, long nanos) {
        if (nanos == 0) {
            client.soon(next);
        } else {
            client.after(nanos, next);
        }
    }

    private void sealing() {
        loop(seal(), 0, this::sealing);
    }

    private Future<Long> seal() {
        if (history.world.nanos() >= nextFloor) {
            return floor.runOnce()
                    .onComplete(done -> nextFloor = history.world.nanos() + history.plan.floorMillis() * 1_000_000)
                    .map(0L);
        }
        return sealer.runOnce().map(next -> next == Sealer.Next.IDLE ? history.plan.pollMillis() * 1_000_000 : 0);
    }

    /** One partition after the other, whoever owns them. */
    private void retain(int partition) {
        if (partition == history.streams.size()) {
            client.after(history.plan.retentionMillis() * 1_000_000, () -> retain(0));
        } else {
            store(partition)
                    .retain(Duration.ofMillis(history.plan.retentionAgeMillis()))
                    .onComplete(done -> retain(partition + 1));
        }
    }
}
