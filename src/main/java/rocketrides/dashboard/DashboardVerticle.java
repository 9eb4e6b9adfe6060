package rocketrides.dashboard;

import static rocketrides.dashboard.Feed.Kind.ALARM;
import static rocketrides.dashboard.Feed.Kind.FAILURE;
import static rocketrides.dashboard.Feed.Kind.HEALED;
import static rocketrides.dashboard.Feed.Kind.ORDER;

import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Pool;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import rocketrides.runtime.Events;
import rocketrides.runtime.Poller;
import rocketrides.status.Readings;
import rocketrides.status.Standing;
import rocketrides.status.Status;
import rocketrides.status.StatusRead;
import rocketrides.status.Total;

/**
 * Reads the state several times a second, while somebody watches, and sends one snapshot to all browsers. While nobody
 * watches, this class reads nothing and keeps what the audit of this process reads. Keeps recent events in memory only; a
 * crash loses nothing else.
 */
public final class DashboardVerticle extends VerticleBase {
    private static final Logger LOG = LoggerFactory.getLogger("page");
    private static final Snapshot AWAY = new Snapshot("{\"away\":true}");
    private static final Duration INTERVAL = Duration.ofMillis(300);
    private static final int PAUSE_FACTOR = 5;
    private static final String YOU = "you";

    private final Page page;
    private final Readings readings;
    private final Probe probe;
    private final Feed feed = new Feed();
    private final Wounds wounds = new Wounds();
    private final Map<String, Latency> latencies = new HashMap<>();

    private Poller poller;
    private final Map<String, Events.Answered> answered = new HashMap<>();
    private Double pace;
    private boolean balanced = true;

    public DashboardVerticle(Page page, Readings readings, Pool pool) {
        this.page = page;
        this.readings = readings;
        this.probe = new Probe(pool);
    }

    @Override
    public Future<?> start() {
        Events.on(vertx, Events.Consumed.class, this::consumed);
        Events.on(vertx, Events.Failed.class, this::failed);
        Events.on(vertx, StatusRead.class, this::read);
        Events.on(vertx, Ordered.class, this::ordered);
        Events.on(vertx, Events.Pace.class, this::paced);
        Events.on(vertx, Events.Answered.class, told -> answered.put(told.role(), told));
        poller = new Poller(vertx, "dashboard", this::look);
        poller.start();
        return Future.succeededFuture();
    }

    @Override
    public Future<?> stop() {
        return poller.stop();
    }

    /** Never fails: the audit already reports that Postgres cannot be reached. */
    private Future<Duration> look() {
        if (!page.watched()) {
            return Future.succeededFuture(INTERVAL);
        }
        var begun = System.nanoTime();
        return readings.status(INTERVAL)
                .compose(now -> probe.runOnce(now.partitions(), this::sample).map(sampled -> snapshot(now)))
                .onFailure(t -> LOG.debug("the state could not be read", t))
                .otherwise(AWAY)
                .map(snapshot -> {
                    Events.publish(vertx, snapshot);
                    var took = System.nanoTime() - begun;
                    return Duration.ofNanos(Math.max(INTERVAL.toNanos(), took * PAUSE_FACTOR));
                });
    }

    private void sample(int partition, long offset, double written) {
        latencies.values().forEach(latency -> latency.sample(partition, offset, written));
    }

    private Snapshot snapshot(Status now) {
        heal(now);
        var json = now.toJson()
                .put("at", now.at().toEpochMilli())
                .put("wounds", wounds.toJson())
                .put("feed", feed.toJson())
                .put("pace", pace)
                .put("simulated", simulated())
                .put("members", now.members().toJson().getJsonArray("members"))
                .put("standing", new Standing(now, faults(now)).toJson());
        json.getJsonObject("log")
                .put("unpublished_millis", now.log().unpublishedFor().toMillis());
        var partitions = json.getJsonArray("partitions", new JsonArray());
        for (int i = 0; i < partitions.size(); i++) {
            partitions.getJsonObject(i).put("consumers", now.partitions().get(i).consumersToJson(now.members()));
        }
        if (now.audited()) {
            json.put("quantities", quantities(now.total()));
        }
        var slowest = new JsonObject();
        for (int i = 0; i < now.consumers().size(); i++) {
            var consumer = now.consumers().get(i);
            var samples = latencies.get(consumer.name());
            var latency = samples == null ? null : samples.toJson(Probe.now());
            if (latency != null) {
                latency.fieldNames()
                        .forEach(name ->
                                slowest.put(name, Math.max(slowest.getDouble(name, 0.0), latency.getDouble(name))));
            }
            json.getJsonArray("consumers")
                    .getJsonObject(i)
                    .put("balanced", consumer.balanced())
                    .put("latency", latency);
        }
        json.mergeIn(page.history().add(now, slowest));
        return new Snapshot(page.describe(json).encode());
    }

    /** A consumer that no process runs has no process to report that. */
    private Map<String, String> faults(Status now) {
        var faults = new TreeMap<>(page.faults());
        now.consumers().stream()
                .flatMap(consumer -> now.members().unowned(consumer.name()).stream())
                .forEach(part -> faults.putIfAbsent(part, "without an owner"));
        return faults;
    }

    /** How the page formats amounts. */
    private static JsonArray quantities(Total total) {
        var quantities = new JsonArray();
        total.amounts()
                .forEach((quantity, amount) -> quantities.add(new JsonObject()
                        .put("name", quantity.name())
                        .put("unit", quantity.unit())
                        .put("decimals", Math.max(0, amount.scale()))));
        return quantities;
    }

    private void ordered(Ordered order) {
        wounds.ordered(order, Probe.now());
        tell(ORDER, YOU, order.text(), 0);
    }

    private void paced(Events.Pace order) {
        pace = order.perSecond();
        answered.clear();
    }

    /** The simulators' answered requests a second since the last order; null if unknown. */
    private JsonObject simulated() {
        if (answered.isEmpty()) {
            return null;
        }
        double perSecond = 0;
        int atOnce = 0;
        for (var simulator : answered.values()) {
            perSecond += simulator.perSecond();
            atOnce += simulator.atOnce();
        }
        return new JsonObject().put("per_second", perSecond).put("at_once", atOnce);
    }

    private void failed(Events.Failed failed) {
        wounds.failed(failed, Probe.now());
        tell(FAILURE, failed.role(), failed.point().consequence(), 0);
    }

    private void heal(Status now) {
        wounds.read(now, page.faults(), latencies, Probe.now())
                .forEach(wound -> feed.add(HEALED, YOU, wound.text(), 0, (long) wound.healedAt()));
    }

    private void tell(Feed.Kind kind, String role, String text, long records) {
        feed.add(kind, role, text, records, System.currentTimeMillis());
    }

    private void consumed(Events.Consumed event) {
        wounds.consumed(event);
        latencies
                .computeIfAbsent(event.consumer(), name -> new Latency())
                .consumed(event.partition(), event.offset(), Probe.now());
        if (event.healed() > 0) {
            tell(HEALED, event.role(), "healed a gap from Postgres", event.healed());
        }
        if (event.duplicates() > 0) {
            tell(HEALED, event.role(), "skipped duplicates", event.duplicates());
        }
        if (event.rejected() > 0) {
            tell(ALARM, event.role(), "rejected records that it cannot read", event.rejected());
        }
    }

    private void read(StatusRead read) {
        if (!page.watched()) {
            page.history().add(read.now(), new JsonObject());
            heal(read.now());
        }
        if (read.now().balanced() != balanced) {
            balanced = !balanced;
            tell(balanced ? HEALED : ALARM, "audit", balanced ? "the books balance again" : "BOOKS DIFFER", 0);
        }
    }
}
