package rocketrides.console;

import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.slf4j.LoggerFactory;
import rocketrides.runtime.Events;
import rocketrides.runtime.Faults;
import rocketrides.runtime.Words;
import rocketrides.status.StatusRead;

/**
 * Tells a person what the roles are doing, from their events: a line for each when they are few, and at most two a
 * second for each subject, with sums, when they are many.
 */
public final class ConsoleVerticle extends VerticleBase {
    private final Supplier<Map<String, String>> faults;

    private final Map<String, Throttle<Events.Consumed>> consumed = new HashMap<>();
    private final Map<Events.Failed, Throttle<Integer>> failed = new HashMap<>();
    private Throttle<Records> sealed;
    private Throttle<Records> published;

    /** {@code faults}: the roles of this process that do not do their work, by name, each with one word for why. */
    public ConsoleVerticle(Supplier<Map<String, String>> faults) {
        this.faults = faults;
    }

    @Override
    public Future<?> start() {
        var agreement = new Agreement(faults, System::nanoTime);
        sealed = new Throttle<>(vertx, Records::plus, all -> say("sealed", all));
        published = new Throttle<>(vertx, Records::plus, all -> say("published", all));
        Events.on(vertx, Events.Sealed.class, e -> sealed.add(new Records(e.count(), 1, e.lastOffset(), 0)));
        Events.on(
                vertx,
                Events.Published.class,
                e -> published.add(new Records(e.count(), 1, e.lastOffset(), e.refused())));
        Events.on(vertx, Events.Consumed.class, this::consumed);
        Events.on(vertx, Events.Failed.class, this::failed);
        Events.on(vertx, StatusRead.class, read -> agreement.read(read.now()));
        return Future.succeededFuture();
    }

    /** What has been summed up but not said is said now. */
    @Override
    public Future<?> stop() {
        sealed.flush();
        published.flush();
        consumed.values().forEach(Throttle::flush);
        failed.values().forEach(Throttle::flush);
        return Future.succeededFuture();
    }

    private void consumed(Events.Consumed event) {
        consumed.computeIfAbsent(
                        event.consumer(), name -> new Throttle<>(vertx, ConsoleVerticle::sum, ConsoleVerticle::say))
                .add(event);
    }

    private void failed(Events.Failed event) {
        failed.computeIfAbsent(event, same -> new Throttle<>(vertx, Integer::sum, times -> say(same, times)))
                .add(1);
    }

    private static Events.Consumed sum(Events.Consumed a, Events.Consumed b) {
        return new Events.Consumed(
                b.consumer(),
                b.offset(),
                a.applied() + b.applied(),
                a.duplicates() + b.duplicates(),
                a.healed() + b.healed(),
                a.rejected() + b.rejected(),
                b.result());
    }

    private static void say(Events.Consumed event) {
        LoggerFactory.getLogger(event.consumer())
                .info(
                        "consumed {} (offset {}){}{}{}  {}",
                        event.applied(),
                        event.offset(),
                        event.duplicates() == 0 ? "" : ", skipped " + Words.count(event.duplicates(), "duplicate"),
                        unlessNone(", healed ", event.healed(), " from the archive"),
                        unlessNone(", REJECTED ", event.rejected(), ""),
                        event.result());
    }

    private static void say(String what, Records all) {
        LoggerFactory.getLogger("streamer")
                .info(
                        "{} {} (to offset {}){}{}",
                        what,
                        all.count,
                        all.lastOffset,
                        all.segments == 1 ? "" : " in " + all.segments + " segments",
                        unlessNone(", the stream had ", all.refused, " already"));
    }

    private static void say(Events.Failed event, int times) {
        LoggerFactory.getLogger(event.role())
                .warn(
                        "*** SIMULATED FAILURE {}{}: {} ***",
                        event.point(),
                        times == 1 ? "" : " × " + times,
                        consequence(event.point()));
    }

    private static String consequence(Faults.Point point) {
        return switch (point) {
            case STREAMER_AFTER_PUBLISH -> "published but not marked, so it is sent twice";
            case CONSUMER_BEFORE_SAVE -> "crashed before saving, so it starts again from its checkpoint";
            case API_BEFORE_COMMIT ->
                "rolled back after staging, so nothing of it is stored, and nothing is in the log";
        };
    }

    private static String unlessNone(String before, long count, String after) {
        return count == 0 ? "" : before + count + after;
    }

    /** Of one or several segments. */
    private record Records(long count, int segments, long lastOffset, long refused) {
        Records plus(Records later) {
            return new Records(
                    count + later.count,
                    segments + later.segments,
                    Math.max(lastOffset, later.lastOffset),
                    refused + later.refused);
        }
    }
}
