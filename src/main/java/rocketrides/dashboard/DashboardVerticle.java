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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import rocketrides.runtime.Events;
import rocketrides.runtime.Poller;
import rocketrides.status.Members;
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

    private final Page page;
    private final Readings readings;
    private final Probe probe;
    private final Feed feed = new Feed();
    private final Map<String, Latency> latencies = new HashMap<>();
    private Poller poller;
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
        Events.on(
                vertx,
                Events.Failed.class,
                failed -> feed.add(FAILURE, failed.role(), failed.point().consequence(), 0));
        Events.on(vertx, StatusRead.class, this::read);
        Events.on(vertx, Ordered.class, order -> feed.add(ORDER, "you", order.what(), 0));
        Events.on(vertx, Events.Pace.class, order -> pace = order.perSecond());
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
                .compose(now -> probe.runOnce(now.log().headOffset(), this::sample)
                        .compose(sampled -> readings.members())
                        .map(members -> snapshot(now, members)))
                .onFailure(t -> LOG.debug("the state could not be read", t))
                .otherwise(AWAY)
                .map(snapshot -> {
                    Events.publish(vertx, snapshot);
                    var took = System.nanoTime() - begun;
                    return Duration.ofNanos(Math.max(INTERVAL.toNanos(), took * PAUSE_FACTOR));
                });
    }

    private void sample(long offset, double written) {
        latencies.values().forEach(latency -> latency.sample(offset, written));
    }

    private Snapshot snapshot(Status now, Members members) {
        var json = now.toJson()
                .put("at", now.at().toEpochMilli())
                .put("feed", feed.toJson())
                .put("pace", pace)
                .put(
                        "processes",
                        members.members().stream().filter(Members.Member::alive).count())
                .put("standing", new Standing(now, page.faults()).toJson());
        json.getJsonObject("log")
                .put("unpublished_millis", now.log().unpublishedFor().toMillis());
        if (now.audited()) {
            json.put("quantities", quantities(now.total()));
        }
        var slowest = new JsonObject();
        for (int i = 0; i < now.consumers().size(); i++) {
            var consumer = now.consumers().get(i);
            var latency = latency(consumer.name());
            if (latency != null) {
                latency.forEach(percentile ->
                        slowest.put(percentile.getKey(), Math.max(slowest.getDouble(percentile.getKey(), 0.0), (double)
                                percentile.getValue())));
            }
            json.getJsonArray("consumers")
                    .getJsonObject(i)
                    .put("balanced", consumer.balanced())
                    .put("owner", members.owner(consumer.name()))
                    .put("latency", latency);
        }
        json.mergeIn(page.history().add(now, slowest));
        return new Snapshot(page.describe(json).encode());
    }

    private JsonObject latency(String consumer) {
        var latency = latencies.get(consumer);
        return latency == null ? null : latency.toJson(Probe.now());
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

    private void consumed(Events.Consumed event) {
        latencies.computeIfAbsent(event.consumer(), name -> new Latency()).consumed(event.offset(), Probe.now());
        if (event.healed() > 0) {
            feed.add(HEALED, event.consumer(), "healed a gap from Postgres", event.healed());
        }
        if (event.duplicates() > 0) {
            feed.add(HEALED, event.consumer(), "skipped duplicates", event.duplicates());
        }
        if (event.rejected() > 0) {
            feed.add(ALARM, event.consumer(), "rejected records that it cannot read", event.rejected());
        }
    }

    private void read(StatusRead read) {
        if (!page.watched()) {
            page.history().add(read.now(), new JsonObject());
        }
        if (read.now().balanced() != balanced) {
            balanced = !balanced;
            feed.add(balanced ? HEALED : ALARM, Feed.AUDIT, balanced ? "the books balance again" : "BOOKS DIFFER", 0);
        }
    }
}
