package rocketrides.runtime;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.MessageCodec;
import io.vertx.core.eventbus.MessageConsumer;
import java.time.Duration;
import java.util.Set;
import java.util.function.Consumer;

/**
 * The messages between roles, on the local event bus. Roles have no other connection. An event is only a hint: if one
 * is lost, its receiver acts at its next poll. The address of an event is the name of its record class.
 */
public final class Events {

    /** This many records were staged by this process and are committed. */
    public record Staged(int records) {}

    /** Another process has staged records, or may have. */
    public record StagedElsewhere() {}

    /** A segment was sealed: its offsets are final and durable. */
    public record Sealed(int partition, long firstOffset, long lastOffset) {
        public long count() {
            return lastOffset - firstOffset + 1;
        }
    }

    /** A segment is in the stream. {@code refused} of its records were already there; only with idempotent delivery. */
    public record Published(int partition, long firstOffset, long lastOffset, int refused) {
        public long count() {
            return lastOffset - firstOffset + 1;
        }
    }

    /**
     * A consumer saved a batch; its checkpoint in the partition is now {@code offset}.
     *
     * @param role the instance, for example {@code consumer0}, or {@code consumer0/3} if there are several partitions
     * @param healed records of the batch that were read from Postgres because they were missing in the stream
     * @param result a description of the projection's new state, for people; null if the batch did not change it
     */
    public record Consumed(
            String role,
            int partition,
            long offset,
            int applied,
            int duplicates,
            int healed,
            int rejected,
            String result) {
        /** The consumer's name, without the partition. */
        public String consumer() {
            return roleOf(role);
        }
    }

    /** The role that a part belongs to: {@code consumer0} for {@code consumer0/3}, and for {@code consumer0}. */
    public static String roleOf(String part) {
        int slash = part.indexOf('/');
        return slash < 0 ? part : part.substring(0, slash);
    }

    /** A failure was injected into the role instance {@code role}. */
    public record Failed(Faults.Point point, String role) {}

    /** A loop was stopped because its work is gone from this process. Its last {@link StepEnded} no longer counts. */
    public record Gone(String loop) {}

    /** The roles that this process owns, and those it takes part in without owning them. Sent after each beat. */
    public record Assigned(Set<String> owned, Set<String> others) {}

    /**
     * A request to crash this role instance, as an injected failure would. Ignored if no role instance has the name.
     */
    public record Crash(String role) {}

    /** A request to pause or resume this role instance. Ignored if no role instance has the name. */
    public record Pause(String role, boolean paused) {}

    /** A request to the simulators of this process to send this many requests a second in total, if they can. */
    public record Pace(double perSecond) {}

    /**
     * A simulator's recent rate of answered requests a second, and its maximum number of concurrent requests. Sent
     * every few seconds.
     */
    public record Answered(String role, double perSecond, int atOnce) {}

    /**
     * A step of a loop has ended. Sent if the result differs from the last one, and otherwise at most once a second.
     *
     * @param next the time until the next step begins
     * @param failure why the step failed; null if it did not
     * @param ended whether the loop has ended for good
     */
    public record StepEnded(String role, Duration next, String failure, boolean ended) {}

    private static final String CODEC = "event";
    private static final DeliveryOptions LOCAL =
            new DeliveryOptions().setLocalOnly(true).setCodecName(CODEC);

    private Events() {}

    /**
     * Registers the codec for events. Call it once for each Vert.x, before anything is deployed. Other packages may
     * define events of their own.
     */
    public static void register(Vertx vertx) {
        vertx.eventBus().registerCodec(new Identity());
    }

    public static void publish(Vertx vertx, Record event) {
        vertx.eventBus().publish(event.getClass().getName(), event, LOCAL);
    }

    /**
     * Calls {@code handler} on the current context for each event of this type, until the returned consumer is
     * unregistered.
     */
    public static <T extends Record> MessageConsumer<T> on(Vertx vertx, Class<T> type, Consumer<T> handler) {
        return vertx.eventBus().localConsumer(type.getName(), message -> handler.accept(message.body()));
    }

    /** Passes immutable records by reference. Events never leave the process. */
    private static final class Identity implements MessageCodec<Record, Record> {
        @Override
        public String name() {
            return CODEC;
        }

        @Override
        public void encodeToWire(Buffer buffer, Record event) {
            throw new UnsupportedOperationException("events stay in their process");
        }

        @Override
        public Record decodeFromWire(int position, Buffer buffer) {
            throw new UnsupportedOperationException("events stay in their process");
        }

        @Override
        public Record transform(Record event) {
            return event;
        }

        @Override
        public byte systemCodecID() {
            return -1;
        }
    }
}
