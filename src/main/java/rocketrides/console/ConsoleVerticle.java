package rocketrides.console;

import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BinaryOperator;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.LoggerFactory;
import rocketrides.runtime.Events;
import rocketrides.runtime.Words;
import rocketrides.status.StatusRead;

/**
 * Logs for people what the roles do, from their events. Few events get a line each. Many events of one subject are
 * summed up, with at most two lines a second.
 */
public final class ConsoleVerticle extends VerticleBase {
    private final Supplier<Map<String, String>> faults;

    /** By subject: sealing, publishing, each consumer, and each kind of failure of each role. */
    private final Map<Object, Throttle<?>> throttles = new HashMap<>();

    /** {@code faults}: the roles of this process that do not work, by name, with the reason in one word. */
    public ConsoleVerticle(Supplier<Map<String, String>> faults) {
        this.faults = faults;
    }

    @Override
    public Future<?> start() {
        var agreement = new Agreement(faults);
        Events.on(
                vertx,
                Events.Sealed.class,
                e -> relayed("sealed", new Relayed(e.partition(), e.count(), 1, e.lastOffset(), 0)));
        Events.on(
                vertx,
                Events.Published.class,
                e -> relayed("published", new Relayed(e.partition(), e.count(), 1, e.lastOffset(), e.refused())));
        Events.on(vertx, Events.Consumed.class, e -> tell(e.role(), e, ConsoleVerticle::sum, ConsoleVerticle::say));
        Events.on(vertx, Events.Failed.class, e -> tell(e, 1, Integer::sum, times -> say(e, times)));
        Events.on(vertx, StatusRead.class, read -> agreement.read(read.now()));
        return Future.succeededFuture();
    }

    /** Logs the sums that have not been logged yet. */
    @Override
    public Future<?> stop() {
        throttles.values().forEach(Throttle::flush);
        return Future.succeededFuture();
    }

    private void relayed(String what, Relayed records) {
        tell(List.of("streamer", what, records.partition), records, Relayed::plus, all -> say(what, all));
    }

    /** All events of one subject have the same type. */
    @SuppressWarnings("unchecked")
    private <T> void tell(Object subject, T event, BinaryOperator<T> sum, Consumer<T> say) {
        ((Throttle<T>) throttles.computeIfAbsent(subject, first -> new Throttle<>(vertx, sum, say))).add(event);
    }

    private static Events.Consumed sum(Events.Consumed a, Events.Consumed b) {
        return new Events.Consumed(
                b.role(),
                b.partition(),
                b.offset(),
                a.applied() + b.applied(),
                a.duplicates() + b.duplicates(),
                a.healed() + b.healed(),
                a.rejected() + b.rejected(),
                b.result() == null ? a.result() : b.result());
    }

    private static void say(Events.Consumed event) {
        LoggerFactory.getLogger(event.role())
                .info(
                        "consumed {} (offset {}){}{}{}{}",
                        event.applied(),
                        event.offset(),
                        event.duplicates() == 0 ? "" : ", skipped " + Words.count(event.duplicates(), "duplicate"),
                        event.healed() == 0 ? "" : ", healed " + event.healed() + " from the archive",
                        event.rejected() == 0 ? "" : ", REJECTED " + event.rejected(),
                        event.result() == null ? "" : "  " + event.result());
    }

    private static void say(String what, Relayed all) {
        LoggerFactory.getLogger("streamer")
                .info(
                        "{} {} (to offset {}{}){}{}",
                        what,
                        all.count,
                        all.lastOffset,
                        all.partition == 0 ? "" : " of partition " + all.partition,
                        all.segments == 1 ? "" : " in " + all.segments + " segments",
                        all.refused == 0 ? "" : ", the stream had " + all.refused + " already");
    }

    private static void say(Events.Failed event, int times) {
        LoggerFactory.getLogger(event.role())
                .warn(
                        "*** SIMULATED FAILURE {}{}: {} ***",
                        event.point(),
                        times == 1 ? "" : " × " + times,
                        event.point().consequence());
    }

    /** Records of one or several segments of a partition. {@code refused}: how many of them the stream already had. */
    private record Relayed(int partition, long count, int segments, long lastOffset, long refused) {
        Relayed plus(Relayed later) {
            return new Relayed(
                    partition,
                    count + later.count,
                    segments + later.segments,
                    Math.max(lastOffset, later.lastOffset),
                    refused + later.refused);
        }
    }
}
