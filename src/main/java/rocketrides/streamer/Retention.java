package rocketrides.streamer;

import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import rocketrides.log.SegmentStore;
import rocketrides.runtime.Repeat;
import rocketrides.runtime.Words;

/**
 * Deletes segments that are old and that every consumer has applied, and the streams of partitions that need no work any
 * more. Use it on one context only.
 */
public final class Retention {
    private static final Logger LOG = LoggerFactory.getLogger(Retention.class);
    private static final Duration PERIOD = Duration.ofMinutes(1);

    private final Supplier<List<SegmentStore>> stores;
    private final Supplier<Future<Void>> streams;
    private final Duration kept;

    /** Since the last pass with nothing to delete. */
    private long deleted;

    /**
     * @param stores one for each partition
     * @param streams deletes the streams that are not needed; if that fails, the next pass tries it again
     * @param kept how long a segment is kept after it was sealed
     */
    public Retention(Supplier<List<SegmentStore>> stores, Supplier<Future<Void>> streams, Duration kept) {
        this.stores = stores;
        this.streams = streams;
        this.kept = kept;
    }

    /** Deletes one portion. Completes with the time until the next pass. */
    public Future<Duration> runOnce() {
        var segments = new AtomicInteger();
        var next = stores.get().iterator();
        return Repeat.whileTrue(() -> next.hasNext()
                        ? next.next()
                                .retain(kept)
                                .onSuccess(segments::addAndGet)
                                .map(true)
                        : Future.succeededFuture(false))
                .compose(all -> streams.get().otherwiseEmpty())
                .map(all -> {
                    if (segments.get() > 0) {
                        deleted += segments.get();
                        return Duration.ZERO;
                    }
                    if (deleted > 0) {
                        LOG.info("retention deleted {} older than {}", Words.count(deleted, "segment"), kept);
                        deleted = 0;
                    }
                    return PERIOD;
                });
    }
}
