package rocketrides.streamer;

import io.vertx.core.Future;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import rocketrides.log.SegmentStore;
import rocketrides.runtime.Words;

/** Deletes segments that are old, and that every consumer has applied. Use it on one context only. */
public final class Retention {
    private static final Logger LOG = LoggerFactory.getLogger(Retention.class);
    private static final Duration PERIOD = Duration.ofMinutes(1);

    private final SegmentStore store;
    private final Duration kept;

    /** Since there was last nothing to do. */
    private long deleted;

    /** {@code kept}: how long a segment is kept since it was sealed. */
    public Retention(SegmentStore store, Duration kept) {
        this.store = store;
        this.kept = kept;
    }

    /** Deletes some. Completes with the time until the next pass. */
    public Future<Duration> runOnce() {
        return store.retain(kept).map(segments -> {
            if (segments > 0) {
                deleted += segments;
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
