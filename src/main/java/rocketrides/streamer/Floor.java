package rocketrides.streamer;

import io.vertx.core.Future;
import java.time.Duration;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import rocketrides.log.StagedRecords;
import rocketrides.log.StagedRecords.FloorSample;

/**
 * Raises the floor, so that sealing need not scan dead rows that a long transaction elsewhere keeps in the table. The
 * order is: read the highest assigned id; list the transactions that may be writing; wait until all of these have
 * ended; raise the floor to that id at most. In any other order, or with a sample that outlives its connection, records
 * are lost. If the process dies at any point, the floor stays where it was.
 *
 * <p>The floor relies on a sequence that only increases. Somebody may set the sequence back, for example a script after
 * a restore or after logical replication. So this class also looks below the floor: at the start, when the sequence is
 * lower than before, and from time to time, because the sequence may have risen again meanwhile. Lowering the floor is
 * always safe and only costs time.
 */
public final class Floor {
    private static final Logger LOG = LoggerFactory.getLogger(Floor.class);

    /** A look reads dead rows, possibly millions. The pause after it is this many times as long as the look took. */
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

    /** @param betweenLooks the minimum time between two looks below the floor */
    public Floor(StagedRecords staged, LongSupplier nanoTime, Duration betweenLooks) {
        this.staged = staged;
        this.nanoTime = nanoTime;
        this.betweenLooks = betweenLooks.toNanos();
    }

    /**
     * Takes a sample, or raises the floor by the last sample if its writers have ended. Also starts a look below the
     * floor if one is due, without waiting for it. Fails if the last look has failed.
     */
    public Future<Void> runOnce() {
        long now = nanoTime.getAsLong();
        if (!looking && (lookNow || now - nextLook >= 0)) {
            look(now);
        }
        return sampleOrRaise()
                .compose(done -> lookFailure == null ? Future.succeededFuture() : Future.failedFuture(lookFailure));
    }

    /** Must not be called while a step is under way, and no other one may follow. */
    void stop() {
        staged.forgetSample();
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
