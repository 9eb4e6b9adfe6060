package rocketrides.simulation;

import java.time.Duration;
import rocketrides.consumer.Checkpoints;
import rocketrides.consumer.Consumer;
import rocketrides.consumer.Consumer.Source;
import rocketrides.consumer.Instance;
import rocketrides.consumer.Troubles;
import rocketrides.log.LogStream;
import rocketrides.log.SegmentStore;
import rocketrides.log.UnusableLogException;
import rocketrides.runtime.Faults.SimulatedFailure;

/** A process that runs an instance of the real consumer, the way its verticle does. */
final class ConsumerProcess {
    final Client client;
    final Instance instance;
    private final History history;
    private final Checkpoints checkpoints;
    private final Consumer consumer;

    ConsumerProcess(History history, Client client, Instance instance) {
        this.history = history;
        this.client = client;
        this.instance = instance;
        var plan = history.plan;
        int partition = instance.partition();
        SegmentStore archive = new SimulatedSegmentStore(history.postgres, client, partition);
        LogStream stream = new SimulatedLogStream(history.streams.get(partition), history.postgres, client);
        Checkpoints own = new SimulatedCheckpoints(history.postgres, client, instance);
        var mutant = history.postgres.mutant;
        checkpoints = ConsumerMutants.decorate(mutant, own);
        consumer = new Consumer(
                new Consumer.Options(
                        instance,
                        plan.readBatch(),
                        Duration.ofMillis(plan.idleMillis()),
                        history.faults(client),
                        new Troubles()),
                checkpoints,
                new Source(ConsumerMutants.decorate(mutant, archive, checkpoints, client), stream),
                event -> {},
                mutant == Mutant.NO_IDLE_CHECK ? () -> 0 : history.world::nanos);
    }

    void start() {
        client.soon(this::pass);
    }

    private void pass() {
        consumer.runOnce().onComplete(done -> {
            if (done.succeeded()) {
                again(done.result());
            } else if (done.cause() instanceof SimulatedFailure) {
                checkpoints.countCrash().onComplete(counted -> history.restart(this));
            } else if (done.cause() instanceof UnusableLogException unusable) {
                history.stopped(this, unusable);
            } else {
                client.after(history.backOff(), this::pass);
            }
        });
    }

    private void again(Duration wait) {
        if (wait.isZero()) {
            client.soon(this::pass);
        } else {
            client.after(wait.toNanos(), this::pass);
        }
    }
}
