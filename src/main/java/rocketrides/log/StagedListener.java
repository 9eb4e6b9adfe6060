package rocketrides.log;

import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.pgclient.PgConnection;
import java.time.Duration;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import rocketrides.runtime.Events;
import rocketrides.runtime.Events.StagedElsewhere;
import rocketrides.runtime.Poller;
import rocketrides.runtime.Reason;

/**
 * Wakes the streamer of this process when other processes stage records: it listens to the notifications of
 * {@link StagedNotifier} and {@code stage_record}. While it cannot listen, the streamer finds those records at its poll
 * interval.
 */
public final class StagedListener extends VerticleBase implements Poller.Reporter {
    private static final Logger LOG = LoggerFactory.getLogger(StagedListener.class);

    /** No connection is kept for longer: it might be dead, or lead to a server that has become a standby. */
    private static final Duration LIFETIME = Duration.ofMinutes(1);

    private final Supplier<Future<PgConnection>> connect;
    private Poller poller;
    private PgConnection listening;

    public StagedListener(Supplier<Future<PgConnection>> connect) {
        this.connect = connect;
    }

    /** Completes at once, without waiting for the connection. */
    @Override
    public Future<?> start() {
        poller = new Poller(vertx, this, new Poller.Work(this::listen, failure -> false));
        poller.start();
        return Future.succeededFuture();
    }

    @Override
    public Future<?> stop() {
        return poller.stop().compose(stopped -> listening == null ? Future.succeededFuture() : listening.close());
    }

    /** Opens a new connection. The old one is closed once the new one listens, so no notification is missed. */
    private Future<Duration> listen() {
        return connect.get().compose(connection -> connection
                .notificationHandler(staged -> wake())
                .query("LISTEN " + StagedNotifier.CHANNEL)
                .execute()
                .onSuccess(listens -> replaceBy(connection))
                .onFailure(t -> connection.close())
                .map(LIFETIME));
    }

    private void replaceBy(PgConnection connection) {
        var before = listening;
        listening = connection;
        connection.closeHandler(closed -> {
            if (connection == listening) {
                poller.wake();
            }
        });
        if (before != null) {
            before.close();
        }
        wake(); // a notification may have been sent while nobody listened
    }

    private void wake() {
        Events.publish(vertx, new StagedElsewhere());
    }

    @Override
    public void failing(Throwable cause) {
        LOG.warn(
                "cannot listen to Postgres, so what other processes stage waits for streamer.poll-interval: {}",
                Reason.of(cause));
    }

    @Override
    public void working() {
        LOG.info("listening to Postgres again");
    }
}
