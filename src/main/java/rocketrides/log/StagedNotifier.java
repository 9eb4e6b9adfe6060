package rocketrides.log;

import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.sqlclient.Pool;
import java.util.function.BooleanSupplier;
import rocketrides.runtime.Events;

/**
 * For a process whose streamer does not work: tells those of other processes, by Postgres, that records were staged. It does so at
 * once, and then at most every {@value #BETWEEN_MILLIS} ms, because whoever notifies holds a lock of the whole server while
 * committing. A notification that fails costs a poll interval, nothing else.
 */
public final class StagedNotifier extends VerticleBase {
    /** That {@code stage_record} notifies, too. */
    static final String CHANNEL = "staged_log_records";

    private static final int BETWEEN_MILLIS = 5;

    // Nothing is lost with this commit, so it need not wait for the disk.
    private static final String NOTIFY =
            "SELECT pg_notify('" + CHANNEL + "', '') WHERE set_config('synchronous_commit', 'off', true) = 'off'";

    private final Pool pool;
    private final BooleanSupplier streamsHere;
    private boolean underWay;
    private boolean again;

    /**
     * @param pool not that of the writers, whose transactions a notification would wait for
     * @param streamsHere whether a streamer of this process works, which hears of it anyway
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
