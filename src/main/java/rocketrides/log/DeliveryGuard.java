package rocketrides.log;

import io.vertx.core.Future;
import java.time.Duration;
import java.util.Optional;
import java.util.function.BiFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import rocketrides.config.Settings.Delivery;

/**
 * Ensures that a stream key is used in one delivery mode only and, in idempotent delivery, for one history only. In
 * idempotent delivery, an ID in the stream that is too high, whoever wrote it, makes Redis refuse all later entries as
 * if they had been sent already.
 */
public final class DeliveryGuard {
    private static final Logger LOG = LoggerFactory.getLogger(DeliveryGuard.class);

    /** How many of the oldest entries are read to find out whether the stream is ours. */
    private static final int ENTRIES_TO_LOOK_AT = 10;

    private final String key;
    private final Delivery delivery;
    private final LogStream stream;
    private final SegmentStore store;

    public DeliveryGuard(String key, Delivery delivery, LogStream stream, SegmentStore store) {
        this.key = key;
        this.delivery = delivery;
        this.stream = stream;
        this.store = store;
    }

    /**
     * Call at the start. Fails with {@link UnusableLogException} if the stream has the other delivery mode, or is not
     * ours.
     */
    public Future<Void> check() {
        return lastIdThenTop((lastId, top) -> {
            if (top.isEmpty()) {
                return delivery == Delivery.IDEMPOTENT ? deleteIfUsed(lastId) : Future.succeededFuture();
            }
            var entry = top.get().entry();
            if (entry.isEmpty()) {
                return delivery == Delivery.IDEMPOTENT ? deleteIfOurs(top.get().id()) : Future.succeededFuture();
            }
            var found = hasOffsetAsId(entry.get()) ? Delivery.IDEMPOTENT : Delivery.AT_LEAST_ONCE;
            if (found != delivery) {
                return unusable("it was written with log.delivery " + found + ", this is " + delivery);
            }
            return repair(0).mapEmpty();
        });
    }

    /**
     * Another program may have written the newest entry. The stream is deleted only if some of its entries are ours.
     */
    private Future<Void> deleteIfOurs(String foreignTop) {
        return stream.read(StreamId.BEGINNING, ENTRIES_TO_LOOK_AT, Duration.ofMillis(1))
                .compose(oldest -> oldest.entries().stream().anyMatch(DeliveryGuard::hasOffsetAsId)
                        ? delete(foreignTop).mapEmpty()
                        : unusable("its newest entry " + foreignTop + " was not written by this program"));
    }

    private Future<Void> unusable(String why) {
        return Future.failedFuture(new UnusableLogException("Redis stream \"" + key + "\" cannot be used: " + why
                + ". Choose another log.stream, or delete the key: the log itself is in Postgres"));
    }

    /**
     * Call after Redis refused an ID up to {@code <offset>-0} as too low. Completes with false if the stream really
     * contains this history up to {@code offset}. Completes with true if the segment must be published again. In this
     * case either the stream was deleted, because its newest entry is not of this history or its last ID is above its
     * newest entry; or another streamer has just deleted it. Deleting is safe because the stream is only a copy.
     */
    public Future<Boolean> repair(long offset) {
        if (delivery != Delivery.IDEMPOTENT) {
            return Future.succeededFuture(false);
        }
        return lastIdThenTop(
                (lastId, top) -> top.isEmpty() ? deleteIfUsed(lastId).map(true) : repair(offset, top.get()));
    }

    private Future<Boolean> repair(long offset, LogStream.Top top) {
        var entry = top.entry().filter(DeliveryGuard::hasOffsetAsId);
        if (entry.isEmpty()) {
            return delete(top.id());
        }
        return store.holds(entry.get().segment()).compose(ours -> {
            if (!ours) {
                return delete(top.id());
            }
            return entry.get().offset() >= offset ? Future.succeededFuture(false) : deleteIfAheadOf(top.id());
        });
    }

    /** Newer entries may have been deleted. Redis does not accept their IDs again. */
    private Future<Boolean> deleteIfAheadOf(String topId) {
        return stream.lastGeneratedId()
                .compose(id -> id.isPresent() && StreamId.compare(id.get(), topId) > 0
                        ? delete(id.get())
                        : Future.succeededFuture(true));
    }

    private static boolean hasOffsetAsId(Entry entry) {
        return entry.id().equals(entry.offset() + "-0");
    }

    private Future<Boolean> delete(String id) {
        LOG.warn("deleting stream \"{}\": its newest id {} is not of this log; it is filled again", key, id);
        return stream.delete().map(true);
    }

    /**
     * The order matters. The other way round, another streamer could add its first entry between the two commands, and
     * its ID would look like the last ID of an empty stream.
     */
    private <T> Future<T> lastIdThenTop(BiFunction<Optional<String>, Optional<LogStream.Top>, Future<T>> decision) {
        return stream.lastGeneratedId().compose(lastId -> stream.top().compose(top -> decision.apply(lastId, top)));
    }

    /** A stream without entries still has a last ID, which may also be too high. */
    private Future<Void> deleteIfUsed(Optional<String> lastId) {
        return lastId.isEmpty() ? Future.succeededFuture() : stream.delete();
    }
}
