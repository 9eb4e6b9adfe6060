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
 * What the roles tell each other over the event bus: the only thing they know of one another. An event is news, never a
 * truth: one that is lost costs a poll interval, nothing else. Each record's class name is its address.
 */
public final class Events {

    /** So many records were staged in this process, and are committed. */
    public record Staged(int records) {}

    /** Another process has staged records, or may have. */
    public record StagedElsewhere() {}

    /** A segment was sealed: its offsets are fixed and durable. */
    public record Sealed(long firstOffset, long lastOffset) {
        public long count() {
            return lastOffset - firstOffset + 1;
        }
    }

    /** A segment is in the stream; {@code refused} of its records were there already (idempotent delivery only). */
    public record Published(long firstOffset, long lastOffset, int refused) {
        public long count() {
            return lastOffset - firstOffset + 1;
        }
    }

    /**
     * A consumer saved a batch: its checkpoint is now {@code offset}.
     *
     * @param healed records of the batch that were read from the archive because the stream did not have them
     * @param result what the projection has to say about its new state, for people
     */
    public record Consumed(
            String consumer, long offset, int applied, int duplicates, int healed, int rejected, String result) {}

    /** A failure was injected on purpose; {@code role} is the instance that it hit. */
    public record Failed(Faults.Point point, String role) {}

    /** What this process owns now of the roles that it takes part in, and what it does not; told after each beat. */
    public record Assigned(Set<String> owned, Set<String> others) {}

    /** Somebody wants this role instance to fail as by an injected failure; nobody need have it. */
    public record Crash(String role) {}

    /** Somebody wants this role instance to pause, or to go on; nobody need have it. */
    public record Pause(String role, boolean paused) {}

    /** Somebody wants the simulators of this process to send that many requests a second together, if they can. */
    public record Pace(double perSecond) {}

    /**
     * A loop's step has ended; told when the result changes, and at most once a second otherwise.
     *
     * @param next the time until the next step begins
     * @param failure why the step failed; null if it did not
     * @param ended whether there will be no next step
     */
    public record StepEnded(String role, Duration next, String failure, boolean ended) {}

    private static final String CODEC = "event";
    private static final DeliveryOptions LOCAL =
            new DeliveryOptions().setLocalOnly(true).setCodecName(CODEC);

    private Events() {}

    /** Lets events be sent in this Vert.x; once, before anything is deployed. A room may have events of its own. */
    public static void register(Vertx vertx) {
        vertx.eventBus().registerCodec(new Identity());
    }

    public static void publish(Vertx vertx, Record event) {
        vertx.eventBus().publish(event.getClass().getName(), event, LOCAL);
    }

    /** Calls {@code handler} on the current context for every event of the type, until the result is unregistered. */
    public static <T extends Record> MessageConsumer<T> on(Vertx vertx, Class<T> type, Consumer<T> handler) {
        return vertx.eventBus().localConsumer(type.getName(), message -> handler.accept(message.body()));
    }

    /** Hands an immutable record over as it is; events never leave the process. */
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
