package rocketrides.log;

import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.sqlclient.Pool;
import java.util.function.BooleanSupplier;
import rocketrides.runtime.Events;

/**
 * Notifies the streamers of other processes, through Postgres, that records were staged here. Does nothing while this
 * process owns all open partitions as a streamer. Notifies at once, and then at most every {@value #BETWEEN_MILLIS} ms,
 * because a transaction that notifies holds a server-wide lock while it commits. If a notification fails, records wait
 * for the poll interval.
 */
public final class StagedNotifier extends VerticleBase {
    /** {@code stage_record} notifies the same channel. */
    static final String CHANNEL = "staged_log_records";

    private static final int BETWEEN_MILLIS = 2;

    // This commit has no effect that must be durable, so it need not wait for the disk.
    private static final String NOTIFY =
            "SELECT pg_notify('" + CHANNEL + "', '') WHERE set_config('synchronous_commit', 'off', true) = 'off'";

    private final Pool pool;
    private final BooleanSupplier streamsHere;
    private boolean underWay;
    private boolean again;

    /**
     * @param pool not the pool of the writers, because a notification would wait for their transactions
     * @param streamsHere whether this process streams all open partitions: its streamers get the event themselves
     */
    public StagedNotifier(Pool pool, BooleanSupplier streamsHere) {
        this.pool = pool;
        this.streamsHere = streamsHere;
    }

    @Override
    public Future<?> start() {
        Events.on(vertx, Events.Staged.class, staged -> {
            if (!streamsHere.getAsBoolean()) {
                tell();
            }
        });
        return Future.succeededFuture();
    }

    private void tell() {
        again = underWay;
        if (!underWay) {
            underWay = true;
            Future.join(pool.preparedQuery(NOTIFY).execute(), vertx.timer(BETWEEN_MILLIS))
                    .onComplete(told -> {
                        underWay = false;
                        if (again) {
                            tell();
                        }
                    });
        }
    }
}
