package rocketrides.log;

import io.vertx.core.Future;
import java.time.Duration;
import java.util.Optional;
import java.util.function.BiFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import rocketrides.config.Settings.Delivery;

/**
 * Keeps a stream key to one delivery mode and, in idempotent delivery, to one history. There an id that is too high,
 * from wherever it came, would make Redis refuse everything that follows as if it had been sent already.
 */
public final class DeliveryGuard {
    private static final Logger LOG = LoggerFactory.getLogger(DeliveryGuard.class);

    /** Of a stream, to find out whether it is ours. */
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

    /** At start. Fails with {@link UnusableLogException} if the stream belongs to the other mode or is not ours. */
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

    /** Somebody may have written into our stream. A stream in which there is nothing of ours is left alone. */
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
     * After Redis has refused an id up to {@code <offset>-0} as too low: looks at what is there. Completes with false if
     * the stream has indeed come that far with this history. Otherwise with true, and it has to be published again: if the
     * newest entry is not of this history, or the stream remembers an id above its newest entry, the stream, which is only
     * a copy, was deleted; if neither, somebody else has just done that.
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

    /** Entries above may have been deleted; their ids are never given again. */
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

    /** In this order: the other way round, an id that another streamer's first entry has got would seem to be of an empty stream. */
    private <T> Future<T> lastIdThenTop(BiFunction<Optional<String>, Optional<LogStream.Top>, Future<T>> decision) {
        return stream.lastGeneratedId().compose(lastId -> stream.top().compose(top -> decision.apply(lastId, top)));
    }

    /** A stream without entries remembers its last id; that, too, may be too high. */
    private Future<Void> deleteIfUsed(Optional<String> lastId) {
        return lastId.isEmpty() ? Future.succeededFuture() : stream.delete();
    }
}
