package rocketrides.streamer;

import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import rocketrides.Events;
import rocketrides.Events.Crash;
import rocketrides.Events.Failed;
import rocketrides.Events.Staged;
import rocketrides.Faults;
import rocketrides.Faults.SimulatedFailure;
import rocketrides.Poller;
import rocketrides.config.Settings;
import rocketrides.log.DeliveryGuard;
import rocketrides.log.RideStream;
import rocketrides.log.SegmentStore;
import rocketrides.log.UnusableLogException;

/**
 * Runs a streamer: woken by {@link Staged}, and by its poll interval otherwise. Looks after the floor five times a second,
 * as long as there is work, and after retention every minute.
 */
public final class StreamerVerticle extends VerticleBase {
    private static final Logger LOG = LoggerFactory.getLogger(StreamerVerticle.class);
    private static final Duration STAND_BY = Duration.ofMillis(10);
    /** Between sample and raise, and again: a seal walks over what was sealed since, while an old transaction is open. */
    private static final Duration FLOOR = Duration.ofMillis(200);

    private static final Duration RETENTION = Duration.ofMinutes(1);

    private final Settings.Streamer settings;
    private final Duration retention;
    private final SegmentStore store;
    private final RideStream stream;
    private final DeliveryGuard guard;
    private final Faults faults;

    private Poller relay;
    private Poller retainer;
    private Streamer streamer;
    private Floor floor;
    private boolean checked;
    private long nextFloor;
    private boolean crashOrdered;

    public StreamerVerticle(
            Settings.Streamer settings,
            Duration retention,
            SegmentStore store,
            RideStream stream,
            DeliveryGuard guard,
            Faults faults) {
        this.settings = settings;
        this.retention = retention;
        this.store = store;
        this.stream = stream;
        this.guard = guard;
        this.faults = faults;
    }

    /** Fails if the stream cannot be used as configured; while Redis or Postgres is away, that is found out later. */
    @Override
    public Future<?> start() {
        streamer = new Streamer(
                store,
                stream,
                guard,
                this::failIfOrdered,
                event -> Events.publish(vertx, event),
                System::nanoTime,
                settings.batchSize(),
                settings.pollInterval());
        floor = new Floor(store);
        relay = new Poller(vertx, "streamer", this::pass, this::unusable);
        retainer = new Poller(vertx, "retention", this::retain);
        return guard.check()
                .onSuccess(ok -> checked = true)
                .recover(t -> t instanceof UnusableLogException ? Future.failedFuture(t) : Future.succeededFuture())
                .onSuccess(ok -> {
                    Events.on(vertx, Staged.class, staged -> relay.wake());
                    Events.on(
                            vertx,
                            Crash.class,
                            ordered -> crashOrdered |= ordered.role().startsWith("streamer"));
                    relay.start();
                    retainer.start();
                });
    }

    @Override
    public Future<?> stop() {
        return Future.join(relay.stop(), retainer.stop()).transform(stopped -> stream.close());
    }

    /** A crash that was ordered strikes where it hurts: at the next segment, after sending and before noting it. */
    private void failIfOrdered(Faults.Point point) {
        if (crashOrdered && point == Faults.Point.STREAMER_AFTER_PUBLISH) {
            crashOrdered = false;
            throw new SimulatedFailure(point);
        }
        faults.at(point);
    }

    private Future<Duration> pass() {
        if (!checked) {
            return guard.check().onSuccess(ok -> checked = true).map(Duration.ZERO);
        }
        return tendFloor()
                .compose(tended -> streamer.runOnce())
                .map(this::delay)
                .recover(this::again);
    }

    /** Within a pass, so that the floor alone never makes the streamer look as if it worked. */
    private Future<Void> tendFloor() {
        return System.nanoTime() < nextFloor
                ? Future.succeededFuture()
                // Counted from its end: while Postgres is slow, the floor must not take every pass.
                : floor.runOnce().onComplete(done -> nextFloor = System.nanoTime() + FLOOR.toNanos());
    }

    private Duration delay(Streamer.Next next) {
        return switch (next) {
            case MORE -> Duration.ZERO;
            case STAND_BY -> STAND_BY;
            case IDLE -> settings.pollInterval();
        };
    }

    /** After an injected failure the next pass finds the segment unmarked and sends it again. */
    private Future<Duration> again(Throwable t) {
        if (t instanceof SimulatedFailure simulated) {
            Events.publish(vertx, new Failed(simulated.point(), "streamer"));
            return Future.succeededFuture(Duration.ZERO);
        }
        return Future.failedFuture(t);
    }

    private boolean unusable(Throwable t) {
        if (t instanceof UnusableLogException) {
            LOG.error("ALARM: streamer stopped: {}", t.getMessage());
            return true;
        }
        return false;
    }

    private Future<Duration> retain() {
        return store.retain(retention)
                .onSuccess(segments -> {
                    if (segments > 0) {
                        LOG.info("retention deleted {} segments older than {}", segments, retention);
                    }
                })
                .map(RETENTION);
    }
}
