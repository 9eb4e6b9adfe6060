package rocketrides.consumer;

import static rocketrides.runtime.Faults.Point.CONSUMER_BEFORE_SAVE;

import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import rocketrides.log.UnusableLogException;
import rocketrides.runtime.Events;
import rocketrides.runtime.Events.Crash;
import rocketrides.runtime.Events.Failed;
import rocketrides.runtime.Events.Pause;
import rocketrides.runtime.Faults;
import rocketrides.runtime.Faults.SimulatedFailure;
import rocketrides.runtime.Poller;

/**
 * Deploys the instances of consumers. An instance that crashes is undeployed and deployed again, and starts from its
 * checkpoint. Crashes and pauses can also be ordered. An instance whose position no longer exists in the log stays
 * stopped, with an alarm; the others continue.
 */
public final class ConsumerSupervisor extends VerticleBase {
    private static final Logger LOG = LoggerFactory.getLogger(ConsumerSupervisor.class);
    private static final Duration IDLE_CHECK = Duration.ofSeconds(1);

    /** The message with which Vert.x refuses a child of a verticle that is being undeployed. */
    private static final String GOING_DOWN = "Could not be added as child of parent deployment";

    private final int batchSize;
    private final Map<Instance, Projection<?>> consumers;
    private final BiFunction<Instance, Projection<?>, Checkpoints> checkpoints;
    private final Supplier<Consumer.Source> sources;
    private final Function<String, Faults> faults;

    private final Map<String, Own> own = new HashMap<>();
    private final Map<String, String> deployments = new HashMap<>();
    private final Map<String, Future<Void>> turns = new HashMap<>();
    private final Set<String> paused = new HashSet<>();
    private boolean stopping;

    /** The objects that a consumer keeps across crashes. */
    private record Own(
            Instance instance, Checkpoints checkpoints, Faults faults, Troubles troubles, Poller.Reporter reporter) {}

    /**
     * @param batchSize the most records of one read of the stream
     * @param consumers the projection of each instance, in the order in which they are started
     * @param checkpoints for an instance and its projection
     * @param sources returns a new stream connection for each instance
     * @param faults returns the injected failures of an instance, kept across crashes
     */
    public ConsumerSupervisor(
            int batchSize,
            Map<Instance, Projection<?>> consumers,
            BiFunction<Instance, Projection<?>, Checkpoints> checkpoints,
            Supplier<Consumer.Source> sources,
            Function<String, Faults> faults) {
        this.batchSize = batchSize;
        this.consumers = consumers;
        this.checkpoints = checkpoints;
        this.sources = sources;
        this.faults = faults;
    }

    @Override
    public Future<?> start() {
        var all = new ArrayList<Future<Void>>();
        consumers.forEach((instance, projection) -> {
            var name = instance.role();
            var stored = checkpoints.apply(instance, projection);
            own.put(name, new Own(instance, stored, faults.apply(name), new Troubles(), Poller.reporter(vertx, name)));
            all.add(inTurn(name, () -> deploy(name)));
        });
        Events.on(vertx, Crash.class, ordered -> crashed(ordered.role(), CONSUMER_BEFORE_SAVE));
        Events.on(vertx, Pause.class, this::pause);
        return Future.all(all);
    }

    @Override
    public Future<?> stop() {
        stopping = true;
        own.keySet().forEach(name -> Events.publish(vertx, new Events.Gone(name)));
        return Future.succeededFuture();
    }

    private Future<Void> deploy(String name) {
        if (stopping || paused.contains(name) || deployments.containsKey(name)) {
            return Future.succeededFuture();
        }
        var source = sources.get();
        var mine = own.get(name);
        var consumer = new Consumer(
                new Consumer.Options(mine.instance(), batchSize, IDLE_CHECK, mine.faults(), mine.troubles()),
                mine.checkpoints(),
                source,
                event -> Events.publish(vertx, event),
                System::nanoTime);
        return vertx.deployVerticle(new ConsumerVerticle(
                        mine.reporter(), consumer, source.stream(), failure -> ends(name, failure)))
                .onSuccess(id -> deployments.put(name, id))
                .mapEmpty();
    }

    private Future<Void> undeploy(String name) {
        var id = deployments.remove(name);
        return id == null
                ? Future.succeededFuture()
                : vertx.undeploy(id).<Void>mapEmpty().otherwiseEmpty();
    }

    /** Called on the consumer's context; the rest runs on this verticle's context. */
    private boolean ends(String name, Throwable failure) {
        if (failure instanceof SimulatedFailure simulated) {
            context.runOnContext(ignored -> crashed(name, simulated.point()));
            return true;
        }
        if (failure instanceof UnusableLogException) {
            LOG.error("ALARM: {}", failure.getMessage());
            return true;
        }
        return false;
    }

    /**
     * Undeploys the consumer at once, and starts it again from its checkpoint. Changes run one after the other, because
     * a consumer may crash before its deployment has completed.
     */
    private void crashed(String name, Faults.Point point) {
        if (own.containsKey(name)) {
            inTurn(name, () -> deployments.containsKey(name) ? restart(name, point) : Future.succeededFuture())
                    .onFailure(t -> vertx.setTimer(1_000, id -> logThatItStaysDown(name, t)));
        }
    }

    /**
     * While the supervisor is being undeployed, no consumer can be deployed. That is no error, but {@link #stop} is
     * called only at the end.
     */
    private void logThatItStaysDown(String name, Throwable why) {
        if (!stopping && !String.valueOf(why.getMessage()).endsWith(GOING_DOWN)) {
            LOG.error("{} could not be started again after its crash", name, why);
        }
    }

    private Future<Void> restart(String name, Faults.Point point) {
        Events.publish(vertx, new Failed(point, name));
        return undeploy(name)
                .compose(undeployed -> own.get(name).checkpoints().countCrash().otherwiseEmpty())
                .compose(counted -> deploy(name));
    }

    private void pause(Pause wanted) {
        var name = wanted.role();
        if (!own.containsKey(name)) {
            return;
        }
        if (wanted.paused()) {
            paused.add(name);
        } else {
            paused.remove(name);
        }
        LOG.info("{} {}", name, wanted.paused() ? "is paused" : "goes on");
        inTurn(name, () -> paused.contains(name) ? undeploy(name) : deploy(name))
                .onFailure(t -> LOG.error("{} could not be {}", name, wanted.paused() ? "paused" : "resumed", t));
    }

    /** Runs one change of a consumer's deployment at a time: crashes and orders may come during another change. */
    private Future<Void> inTurn(String name, Supplier<Future<Void>> change) {
        var next = turns.getOrDefault(name, Future.succeededFuture()).transform(before -> change.get());
        turns.put(name, next);
        return next;
    }
}
