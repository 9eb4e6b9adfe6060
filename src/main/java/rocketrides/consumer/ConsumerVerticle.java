package rocketrides.consumer;

import static rocketrides.runtime.Faults.Point.CONSUMER_BEFORE_SAVE;

import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.time.Duration;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import rocketrides.log.LogStream;
import rocketrides.log.UnusableLogException;
import rocketrides.runtime.Events;
import rocketrides.runtime.Events.Crash;
import rocketrides.runtime.Events.Failed;
import rocketrides.runtime.Events.Gone;
import rocketrides.runtime.Events.Pause;
import rocketrides.runtime.Faults;
import rocketrides.runtime.Faults.SimulatedFailure;
import rocketrides.runtime.Poller;

/**
 * Runs one instance of a consumer, pass after pass. If it crashes, its {@link Consumer} is discarded with everything that
 * it has in memory, and a new one starts from the checkpoint. Crashes and pauses can also be ordered. If its position no
 * longer exists in the log, it stays stopped, with an alarm.
 */
public final class ConsumerVerticle extends VerticleBase {
    private static final Logger LOG = LoggerFactory.getLogger(ConsumerVerticle.class);
    private static final Duration IDLE_CHECK = Duration.ofSeconds(1);

    private final String name;
    private final Consumer.Options options;
    private final Checkpoints checkpoints;
    private final Supplier<Consumer.Source> sources;

    private Poller.Reporter reporter;
    /** The last run; also after its loop has ended by itself. Null during a pause, a restart, and after a failed one. */
    private Run run;

    private Future<Void> halted = Future.succeededFuture();
    private Future<Void> turn = Future.succeededFuture();
    private boolean paused;
    private boolean stopping;

    private record Run(Poller poller, LogStream stream) {}

    /**
     * @param batchSize the most records of one read of the stream
     * @param sources returns a new stream connection for each start
     */
    public ConsumerVerticle(
            Instance instance,
            int batchSize,
            Checkpoints checkpoints,
            Supplier<Consumer.Source> sources,
            Faults faults) {
        this.name = instance.role();
        this.options = new Consumer.Options(instance, batchSize, IDLE_CHECK, faults, new Troubles());
        this.checkpoints = checkpoints;
        this.sources = sources;
    }

    @Override
    public Future<?> start() {
        reporter = Poller.reporter(vertx, name);
        Events.on(vertx, Crash.class, ordered -> {
            if (ordered.role().equals(name)) {
                crashed(CONSUMER_BEFORE_SAVE);
            }
        });
        Events.on(vertx, Pause.class, ordered -> {
            if (ordered.role().equals(name)) {
                pause(ordered.paused());
            }
        });
        return run();
    }

    @Override
    public Future<?> stop() {
        stopping = true;
        return halt().onComplete(done -> Events.publish(vertx, new Gone(name)));
    }

    /** Does nothing if it runs already, or must not. */
    private Future<Void> run() {
        if (stopping || paused || run != null) {
            return Future.succeededFuture();
        }
        var source = sources.get();
        var consumer =
                new Consumer(options, checkpoints, source, event -> Events.publish(vertx, event), System::nanoTime);
        var work = new Poller.Work(consumer::runOnce, this::ends, consumer::trouble);
        run = new Run(new Poller(vertx, reporter, work), source.stream());
        run.poller().start();
        return Future.succeededFuture();
    }

    /** Ends a wait for the stream at once, but waits for a save in progress. Never fails. */
    private Future<Void> halt() {
        if (run != null) {
            var stopped = run.poller().stop();
            var stream = run.stream();
            run = null;
            // The last pass may open the stream again.
            halted = stream.close()
                    .transform(closed -> stopped)
                    .transform(ended -> stream.close())
                    .otherwiseEmpty();
        }
        return halted;
    }

    private boolean ends(Throwable failure) {
        if (failure instanceof SimulatedFailure simulated) {
            context.runOnContext(ended -> crashed(simulated.point()));
            return true;
        }
        if (failure instanceof UnusableLogException) {
            LOG.error("ALARM: {}", failure.getMessage());
            return true;
        }
        return false;
    }

    private void crashed(Faults.Point point) {
        inTurn(() -> run == null ? Future.succeededFuture() : restart(point))
                .onFailure(t -> LOG.error("{} could not be started again after its crash", name, t));
    }

    private Future<Void> restart(Faults.Point point) {
        Events.publish(vertx, new Failed(point, name));
        return halt().compose(ended -> checkpoints.countCrash().otherwiseEmpty())
                .compose(counted -> run());
    }

    private void pause(boolean wanted) {
        paused = wanted;
        LOG.info("{} {}", name, wanted ? "is paused" : "goes on");
        inTurn(() -> paused ? halt() : run()).onFailure(t -> LOG.error("{} could not be resumed", name, t));
    }

    /** Runs one change at a time: crashes and orders may come during another change. */
    private Future<Void> inTurn(Supplier<Future<Void>> change) {
        turn = turn.transform(before -> change.get());
        return turn;
    }
}
