package rocketrides.status;

import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.sqlclient.Pool;
import java.time.Duration;
import java.util.function.Supplier;
import rocketrides.config.Settings;
import rocketrides.runtime.Events;
import rocketrides.runtime.Poller;

/**
 * Runs the auditor: at its interval, but never for more than a twentieth of the time. Every process has one; any number
 * of them may run. What each pass finds goes to {@link Audited}.
 */
public final class AuditVerticle extends VerticleBase {
    private static final int PAUSE_FACTOR = 20;

    private final Settings.Audit settings;
    private final Pool pool;
    private final Supplier<Future<Status>> status;
    private Poller poller;

    public AuditVerticle(Settings.Audit settings, Pool pool, Supplier<Future<Status>> status) {
        this.settings = settings;
        this.pool = pool;
        this.status = status;
    }

    @Override
    public Future<?> start() {
        var auditor = new Auditor(pool, status);
        poller = new Poller(vertx, "audit", () -> pass(auditor));
        poller.start();
        return Future.succeededFuture();
    }

    @Override
    public Future<?> stop() {
        return poller.stop();
    }

    private Future<Duration> pass(Auditor auditor) {
        var begun = System.nanoTime();
        return auditor.runOnce().map(found -> {
            Events.publish(vertx, new Audited(found));
            var pause = Duration.ofNanos(System.nanoTime() - begun).multipliedBy(PAUSE_FACTOR);
            return pause.compareTo(settings.interval()) > 0 ? pause : settings.interval();
        });
    }
}
