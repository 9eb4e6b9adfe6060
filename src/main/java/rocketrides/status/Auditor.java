package rocketrides.status;

import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import rocketrides.rides.SumsStore;

/**
 * Compares the books: for every consumer, in one snapshot, the rides table must be what it has counted plus what is
 * staged plus what is sealed past its checkpoint. One pass first adds up what is complete and recounts a block of what
 * was added up long ago, so that a pass costs the same however many rides there are, and a change of the past is found
 * within as many passes as there are blocks. If it dies at any point, the sums are right; they only end earlier.
 */
public final class Auditor {
    private static final Logger LOG = LoggerFactory.getLogger("audit");

    /** Large enough for few blocks, small enough to be recounted in some milliseconds. */
    private static final int RIDE_BLOCK = 50_000;

    private static final SumsStore.LogBlock LOG_BLOCK = new SumsStore.LogBlock(5_000, 16 << 20);

    private final SumsStore sums;
    private final Supplier<Future<Status>> status;
    private boolean balanced = true;

    public Auditor(Pool pool, Supplier<Future<Status>> status) {
        this(new SumsStore(pool, RIDE_BLOCK, LOG_BLOCK), status);
    }

    Auditor(SumsStore sums, Supplier<Future<Status>> status) {
        this.sums = sums;
        this.status = status;
    }

    /** Completes with what was found; says so loudly when the books have ceased to balance, and when they do again. */
    public Future<Status> runOnce() {
        return sums.addRides()
                .compose(ignored -> sums.addRecords())
                .compose(ignored -> sums.recount())
                .compose(ignored -> status.get())
                .onSuccess(this::judge);
    }

    private void judge(Status now) {
        var found = now.audit();
        if (found.balanced() == balanced) {
            return;
        }
        balanced = found.balanced();
        if (balanced) {
            LOG.info(
                    "the books balance again: rides={}, total_distance={}m",
                    now.rides().count(),
                    now.rides().totalDistance());
        } else {
            LOG.error(
                    "ALARM: the books do not balance: of rides={}, total_distance={}m, unaccounted for (negative: too"
                            + " much): {}",
                    now.rides().count(),
                    now.rides().totalDistance(),
                    now.consumers().isEmpty()
                            ? text(found.unaccounted())
                            : now.disagreeing().stream()
                                    .map(consumer -> consumer.name() + " " + text(consumer.unaccounted()))
                                    .collect(Collectors.joining("; ")));
        }
    }

    private static String text(Status.Rides unaccounted) {
        return "rides=" + unaccounted.count() + ", distance=" + unaccounted.totalDistance() + "m";
    }
}
