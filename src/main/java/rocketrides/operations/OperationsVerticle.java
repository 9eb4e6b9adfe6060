package rocketrides.operations;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import rocketrides.runtime.Events;
import rocketrides.runtime.Poller;
import rocketrides.servers.HeldConnection;
import rocketrides.servers.RedisClient;
import rocketrides.status.Books.Quantity;
import rocketrides.status.Readings;
import rocketrides.status.Status;
import rocketrides.status.StatusRead;

/**
 * Monitors this process: updates the meters, and logs a warning if a consumer holds retention back. Deploy it before
 * the roles, so that it receives all their events.
 */
public final class OperationsVerticle extends VerticleBase {
    private static final Logger LOG = LoggerFactory.getLogger("operations");
    private static final Duration PERIOD = Duration.ofSeconds(2);
    private static final long TIMEOUT_SECONDS = 5;
    /** Retention runs every minute. */
    private static final Duration RETENTION_SLACK = Duration.ofMinutes(5);

    private static final long WARN_AGAIN_NANOS = Duration.ofHours(1).toNanos();

    private final Parts parts;
    private HeldConnection redis;
    private Poller poller;
    private PositionMeters position;
    private volatile double postgresUp = Double.NaN;
    private volatile double redisUp = Double.NaN;
    private String holding = "";
    private long warnAgain;

    /**
     * What it monitors, and where it reports.
     *
     * @param quantities of the books that are audited
     * @param retention how long the log is kept
     */
    public record Parts(
            MeterRegistry registry,
            Readings readings,
            List<Quantity> quantities,
            RedisClient redis,
            Duration retention,
            Pulse pulse) {}

    public OperationsVerticle(Parts parts) {
        this.parts = parts;
    }

    @Override
    public Future<?> start() {
        redis = parts.redis.hold();
        new EventMeters(parts.registry, System::nanoTime).listen(vertx);
        Events.on(vertx, Events.StepEnded.class, parts.pulse::stepEnded);
        Events.on(vertx, Events.Pause.class, parts.pulse::paused);
        Events.on(vertx, Events.Gone.class, parts.pulse::gone);
        Events.on(vertx, Events.Assigned.class, this::assigned);
        position = new PositionMeters(parts.registry, parts.quantities, parts.retention.plus(RETENTION_SLACK));
        Events.on(vertx, StatusRead.class, read -> position.audited(read.now()));
        Gauge.builder("rocketrides.postgres.up", () -> postgresUp).register(parts.registry);
        Gauge.builder("rocketrides.redis.up", () -> redisUp).register(parts.registry);
        poller = new Poller(vertx, "operations", this::look);
        poller.start();
        return Future.succeededFuture();
    }

    @Override
    public Future<?> stop() {
        return poller.stop().compose(stopped -> redis.close());
    }

    private void assigned(Events.Assigned now) {
        parts.pulse.assigned(now);
        if (now.others().contains("audit")) {
            position.audited(null); // otherwise its last result would look like an audit that hangs
        }
    }

    /** Completes with the time until the next pass. Never fails: an unreachable server is a result, not a failure. */
    private Future<Duration> look() {
        var read = parts.readings.positions(PERIOD).timeout(TIMEOUT_SECONDS, TimeUnit.SECONDS);
        var answers = Health.redis(redis);
        return Future.join(read, answers).transform(all -> {
            postgresUp = read.succeeded() ? 1 : 0;
            if (answers.result() && redisUp != 1) {
                parts.redis.checkEviction(); // at the start and after an outage, because it may be another server
            }
            redisUp = answers.result() ? 1 : 0;
            position.show(read.result());
            position.show(parts.pulse.states());
            if (read.succeeded()) {
                warnOfRetention(read.result());
            }
            return Future.succeededFuture(PERIOD);
        });
    }

    private void warnOfRetention(Status now) {
        var names = now.consumers().stream()
                .filter(consumer -> consumer.holdsRetentionBack(parts.retention.plus(RETENTION_SLACK)))
                .map(Status.Consumer::name)
                .collect(Collectors.joining(", "));
        if (!names.isEmpty() && (!names.equals(holding) || System.nanoTime() > warnAgain)) {
            warnAgain = System.nanoTime() + WARN_AGAIN_NANOS;
            LOG.warn(
                    "retention is held back by {}: the log is kept from offset {} on, {} longer than log.retention,"
                            + " and grows. Start the consumer, or remove it: consumer remove NAME",
                    names,
                    now.log().beginning(),
                    now.log().oldestFor().minus(parts.retention).truncatedTo(ChronoUnit.SECONDS));
        } else if (names.isEmpty() && !holding.isEmpty()) {
            LOG.info("retention is no longer held back by {}", holding);
        }
        holding = names;
    }
}
