package rocketrides.streamer;

import io.vertx.core.Future;
import java.time.Duration;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import rocketrides.log.StagedRecords;
import rocketrides.log.StagedRecords.FloorSample;

/**
 * Moves the floor, so that sealing does not walk over the dead rows that a long transaction elsewhere keeps alive. In
 * this order: take the highest id given out, then list who may be writing, wait until none of those is left, then raise
 * the floor to that id at most. Any other order, or a sample that outlives its connection, loses records. If the process
 * dies half-way, the floor stays where it was.
 *
 * <p>The floor relies on a sequence that only rises. Somebody may set it back, as scripts do after a restore or after
 * logical replication. So it also looks below the floor: at the start, when the sequence stands lower than before, and now
 * and then, because the sequence may have risen again meanwhile. To lower the floor is always right, and costs only time.
 */
public final class Floor {
    private static final Logger LOG = LoggerFactory.getLogger(Floor.class);

    /** A look reads dead rows, of which there may be millions, so a pause after it is so many times as long as it took. */
    private static final int REST = 20;

    private final StagedRecords staged;
    private final LongSupplier nanoTime;
    private final long betweenLooks;

    private FloorSample sample;
    private long highestId;
    private boolean looking;
    private boolean lookNow = true;
    private long nextLook;
    private Throwable lookFailure;

    public Floor(StagedRecords staged) {
        this(staged, System::nanoTime, Duration.ofSeconds(10));
    }

    /** @param betweenLooks the least time between two looks below the floor */
    public Floor(StagedRecords staged, LongSupplier nanoTime, Duration betweenLooks) {
        this.staged = staged;
        this.nanoTime = nanoTime;
        this.betweenLooks = betweenLooks.toNanos();
    }

    /**
     * Takes a sample, or raises the floor by the one taken before if its writers have gone. Begins a look if one is due, and
     * does not wait for it; fails if the last look did.
     */
    public Future<Void> runOnce() {
        long now = nanoTime.getAsLong();
        if (!looking && (lookNow || now - nextLook >= 0)) {
            look(now);
        }
        return sampleOrRaise()
                .compose(done -> lookFailure == null ? Future.succeededFuture() : Future.failedFuture(lookFailure));
    }

    private Future<Void> sampleOrRaise() {
        if (sample == null) {
            return staged.sampleFloor().onSuccess(this::taken).mapEmpty();
        }
        return staged.raiseFloor(sample)
                .onSuccess(raised -> sample = raised ? null : sample)
                .onFailure(t -> sample = null)
                .mapEmpty();
    }

    private void look(long began) {
        looking = true;
        lookNow = false;
        staged.lowerFloor()
                .onComplete(done -> {
                    long now = nanoTime.getAsLong();
                    looking = false;
                    lookFailure = done.cause();
                    nextLook = now + Math.max(betweenLooks, REST * (now - began));
                })
                .onSuccess(lowered -> {
                    if (lowered) {
                        sample = null;
                        LOG.warn(
                                "the sequence staged_log_records_id_seq was set back below log_head.floor; the floor is now"
                                        + " 0, and whatever was staged below it is sealed");
                    }
                });
    }

    private void taken(FloorSample next) {
        sample = next;
        lookNow |= next.highestId() < highestId;
        highestId = next.highestId();
    }
}
