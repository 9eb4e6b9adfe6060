package rocketrides.streamer;

import static rocketrides.runtime.Faults.Point.STREAMER_AFTER_PUBLISH;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import rocketrides.config.Settings;
import rocketrides.log.DeliveryGuard;
import rocketrides.log.LogStream;
import rocketrides.log.NewSegment;
import rocketrides.log.SegmentStore;
import rocketrides.log.Sent;
import rocketrides.log.StagedRecords;
import rocketrides.log.UnusableLogException;
import rocketrides.runtime.Events;
import rocketrides.runtime.Events.Assigned;
import rocketrides.runtime.Events.Crash;
import rocketrides.runtime.Events.Failed;
import rocketrides.runtime.Events.Gone;
import rocketrides.runtime.Events.Sealed;
import rocketrides.runtime.Events.Staged;
import rocketrides.runtime.Events.StagedElsewhere;
import rocketrides.runtime.Faults;
import rocketrides.runtime.Faults.SimulatedFailure;
import rocketrides.runtime.Poller;
import rocketrides.runtime.Poller.Work;

/**
 * Runs a streamer: one loop that seals all of its partitions, and one loop for each partition that publishes. Each loop
 * has its own back-off, so that none waits for another one's server. Sealing uses only Postgres and is woken by
 * {@link Staged}. Publishing also uses Redis and is woken by each sealed segment. Without a wake-up, all run at their
 * poll interval.
 */
public final class StreamerVerticle extends VerticleBase {
    private static final Logger LOG = LoggerFactory.getLogger(StreamerVerticle.class);
    private static final Duration STAND_BY = Duration.ofMillis(10);

    /** The longest wait after a small batch, for more records and for the batch to be published. */
    private static final Duration GATHER = Duration.ofMillis(10);

    /**
     * The time between sample and raise, and to the next sample. While an old transaction is open, each seal scans the
     * rows that were sealed since the floor was raised.
     */
    private static final Duration FLOOR = Duration.ofMillis(200);

    /**
     * @param name of this instance, for example {@code streamer0}
     * @param partitions those that this process owns now; {@link Assigned} announces changes
     */
    public record Options(String name, Settings.Streamer streamer, Supplier<Set<Integer>> partitions) {}

    /**
     * The store and the stream of one partition.
     *
     * @param log the settings of this partition
     * @param numbered whether the name of its loop has the partition's number
     */
    public record Outlet(SegmentStore store, LogStream stream, Settings.Log log, boolean numbered) {}

    private final Options options;
    private final String name;
    private final Settings.Streamer settings;
    private final IntFunction<Outlet> outlets;
    private final Faults faults;
    private final Sealer sealer;
    private final Floor floor;
    private final Map<Integer, Publishing> publishing = new TreeMap<>();

    private Poller sealing;
    private Promise<Void> gathered = Promise.promise();
    private long nextFloor;
    private Throwable floorFailure;
    private boolean crashOrdered;
    private boolean stopping;

    public StreamerVerticle(Options options, StagedRecords staged, IntFunction<Outlet> outlets, Faults faults) {
        this.options = options;
        this.name = options.name();
        this.settings = options.streamer();
        this.outlets = outlets;
        this.faults = faults;
        sealer = new Sealer(staged, settings.batchSize(), this::sealed);
        floor = new Floor(staged);
    }

    /** The loop that publishes one partition. */
    private final class Publishing {
        private final LogStream stream;
        private final Publisher publisher;
        private final String loop;
        private final Poller poller;

        Publishing(int partition) {
            var outlet = outlets.apply(partition);
            stream = outlet.stream();
            var guard = new DeliveryGuard(outlet.log().stream(), outlet.log().delivery(), stream, outlet.store());
            // Only one process owns the streamer of a partition at a time, so standing by is needed only between
            // instances of this process.
            var standBy =
                    new StandBy(settings.instances() == 1 ? Duration.ZERO : settings.pollInterval(), System::nanoTime);
            publisher = new Publisher(outlet.store(), stream, guard, standBy, StreamerVerticle.this::published);
            loop = name + (outlet.numbered() ? " (publishing " + partition + ")" : " (publishing)");
            poller = new Poller(vertx, loop, new Work(this::publish, StreamerVerticle.this::unusable));
        }

        /**
         * Fails if the stream cannot be used as configured. If Redis or Postgres cannot be reached, the check is
         * repeated later.
         */
        Future<Void> checkAndStart() {
            return publisher
                    .check()
                    .recover(t -> t instanceof UnusableLogException ? Future.failedFuture(t) : Future.succeededFuture())
                    .onSuccess(usable -> poller.start());
        }

        void start() {
            poller.start();
        }

        void sealed(NewSegment segment) {
            publisher.sealed(segment);
            poller.wake();
        }

        Future<Void> stop() {
            return poller.stop().transform(stopped -> stream.close());
        }

        private Future<Duration> publish() {
            return publisher
                    .runOnce()
                    .map(next -> switch (next) {
                        case MORE -> Duration.ZERO;
                        case STAND_BY -> STAND_BY;
                        case IDLE -> settings.pollInterval();
                    })
                    .recover(StreamerVerticle.this::again);
        }
    }

    /**
     * Fails if a stream cannot be used as configured. If Redis or Postgres cannot be reached, the check is repeated
     * later. Sealing does not wait for the check.
     */
    @Override
    public Future<?> start() {
        sealing = new Poller(vertx, name + " (sealing)", new Work(this::seal, this::unusable, () -> floorFailure));
        Events.on(vertx, Staged.class, staged -> sealing.wake());
        Events.on(vertx, StagedElsewhere.class, staged -> sealing.wake());
        Events.on(vertx, Crash.class, ordered -> crashOrdered |= ordered.role().equals(name));
        sealing.start();
        return Future.all(settle().stream().map(Publishing::checkAndStart).toList())
                .onSuccess(usable -> Events.on(vertx, Assigned.class, assigned -> settleAgain()))
                // Vert.x does not call stop after a failed start.
                .recover(t -> stop().transform(stopped -> Future.failedFuture(t)));
    }

    /**
     * Stops publishing partitions that this process no longer owns. Returns the loops of those that it owns now, to be
     * started.
     */
    private List<Publishing> settle() {
        var mine = options.partitions().get();
        var lost = publishing.keySet().stream()
                .filter(partition -> !mine.contains(partition))
                .toList();
        lost.forEach(partition -> {
            var over = publishing.remove(partition);
            over.stop().onComplete(stopped -> Events.publish(vertx, new Gone(over.loop)));
        });
        var gained = mine.stream()
                .filter(partition -> !publishing.containsKey(partition))
                .toList();
        gained.forEach(partition -> publishing.put(partition, new Publishing(partition)));
        return gained.stream().map(publishing::get).toList();
    }

    private void settleAgain() {
        if (stopping) {
            return;
        }
        var gained = settle();
        gained.forEach(Publishing::start);
        if (!gained.isEmpty()) {
            sealing.wake();
        }
    }

    @Override
    public Future<?> stop() {
        stopping = true;
        var stopped = new ArrayList<Future<?>>();
        // The process may own the role again, and it has only so many connections.
        stopped.add(sealing.stop().onSuccess(done -> floor.stop()));
        publishing.values().forEach(each -> stopped.add(each.stop()));
        return Future.join(stopped);
    }

    private Future<Duration> seal() {
        return tendFloor().transform(tended -> sealer.runOnce()).compose(next -> switch (next) {
            case MORE -> Future.succeededFuture(Duration.ZERO);
            case SOME -> gather().map(Duration.ZERO);
            case FEW -> gather().map(settings.pollInterval());
            case IDLE -> Future.succeededFuture(settings.pollInterval());
        });
    }

    /** Runs as a part of the sealing pass, so it pauses while there is no work. A failure does not prevent sealing. */
    private Future<Void> tendFloor() {
        return System.nanoTime() < nextFloor
                ? Future.succeededFuture()
                // Counted from its end: while Postgres is slow, the floor must not be a part of every pass.
                : floor.runOnce().onComplete(done -> {
                    floorFailure = done.cause();
                    nextFloor = System.nanoTime() + FLOOR.toNanos();
                });
    }

    /** Waits while the small batch is being published, so that the next seal takes more than a few records. */
    private Future<Void> gather() {
        gathered = Promise.promise();
        long timer = vertx.setTimer(GATHER.toMillis(), id -> gathered.tryComplete());
        return gathered.future().onSuccess(published -> vertx.cancelTimer(timer));
    }

    private void sealed(NewSegment segment) {
        Events.publish(vertx, new Sealed(segment.partition(), segment.firstOffset(), segment.lastOffset()));
        var publishes = publishing.get(segment.partition());
        if (publishes != null) { // otherwise another process publishes it by now
            publishes.sealed(segment);
        }
    }

    /** An ordered crash happens at the worst moment: after the next segment was sent, before it is marked. */
    private void published(Sent sent) {
        gathered.tryComplete();
        Events.publish(vertx, sent.published());
        Events.publish(vertx, sent);
        if (crashOrdered) {
            crashOrdered = false;
            throw new SimulatedFailure(STREAMER_AFTER_PUBLISH);
        }
        faults.at(STREAMER_AFTER_PUBLISH);
    }

    /** After an injected failure, the next pass finds the segment unmarked and sends it again. */
    private Future<Duration> again(Throwable t) {
        if (t instanceof SimulatedFailure simulated) {
            Events.publish(vertx, new Failed(simulated.point(), name));
            return Future.succeededFuture(Duration.ZERO);
        }
        return Future.failedFuture(t);
    }

    private boolean unusable(Throwable t) {
        if (t instanceof UnusableLogException) {
            LOG.error("ALARM: {} stopped: {}", name, t.getMessage());
            return true;
        }
        return false;
    }
}
