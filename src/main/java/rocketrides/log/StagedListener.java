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

/**
 * For a process whose streamer works: passes on what {@link StagedNotifier} and {@code stage_record} tell by Postgres. While it
 * cannot listen, what others stage is found at the streamer's poll interval.
 */
public final class StagedListener extends VerticleBase implements Poller.Reporter {
    private static final Logger LOG = LoggerFactory.getLogger(StagedListener.class);

    /** A connection that has gone silent, or leads to a server that is a standby by now, is not kept for longer. */
    private static final Duration LIFETIME = Duration.ofMinutes(1);

    private final Supplier<Future<PgConnection>> connect;
    private Poller poller;
    private PgConnection listening;

    public StagedListener(Supplier<Future<PgConnection>> connect) {
        this.connect = connect;
    }

    /** Does not wait until it listens. */
    @Override
    public Future<?> start() {
        poller = new Poller(vertx, this, new Poller.Work(this::listen, failure -> false));
        poller.start();
        return Future.succeededFuture();
    }

    @Override
    public Future<?> stop() {
        return poller.stop().compose(stopped -> listening == null ? stopped() : listening.close());
    }

    private static Future<Void> stopped() {
        return Future.succeededFuture();
    }

    /** On a new connection; the one before is closed when that listens, so nothing is missed between them. */
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
        wake(); // somebody may have told while nobody listened
    }

    private void wake() {
        Events.publish(vertx, new StagedElsewhere());
    }

    @Override
    public void failing(Throwable cause) {
        LOG.warn(
                "cannot listen to Postgres, so what other processes stage waits for streamer.poll-interval: {}",
                cause.getMessage());
    }

    @Override
    public void working() {
        LOG.info("listening to Postgres again");
    }
}
