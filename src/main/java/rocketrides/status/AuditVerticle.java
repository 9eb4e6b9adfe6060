package rocketrides.status;

import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.sqlclient.Pool;
import java.time.Duration;
import rocketrides.config.Settings;
import rocketrides.runtime.Events;
import rocketrides.runtime.Poller;

/**
 * Runs the auditor: at its interval, but never for more than a twentieth of the time. Every process has one; any number
 * of them may run. What each pass finds is published as {@link StatusRead}. Without books it only reads the state.
 */
public final class AuditVerticle extends VerticleBase {
    private static final int PAUSE_FACTOR = 20;

    private final Settings.Audit settings;
    private final Auditor auditor;
    private Poller poller;

    public AuditVerticle(Settings.Audit settings, Books books, Pool pool, Readings readings) {
        this.settings = settings;
        this.auditor = new Auditor(books, pool, () -> readings.status(settings.interval()));
    }

    @Override
    public Future<?> start() {
        poller = new Poller(vertx, "audit", this::pass);
        poller.start();
        return Future.succeededFuture();
    }

    @Override
    public Future<?> stop() {
        return poller.stop();
    }

    private Future<Duration> pass() {
        var begun = System.nanoTime();
        return auditor.runOnce().map(found -> {
            Events.publish(vertx, new StatusRead(found));
            var pause = Duration.ofNanos(System.nanoTime() - begun).multipliedBy(PAUSE_FACTOR);
            return pause.compareTo(settings.interval()) > 0 ? pause : settings.interval();
        });
    }
}
