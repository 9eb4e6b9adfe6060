package rocketrides.dashboard;

import static rocketrides.dashboard.Feed.Kind.ALARM;
import static rocketrides.dashboard.Feed.Kind.FAILURE;
import static rocketrides.dashboard.Feed.Kind.HEALED;
import static rocketrides.dashboard.Feed.Kind.ORDER;

import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.eventbus.Message;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Pool;
import java.time.Duration;
import java.util.function.Supplier;
import rocketrides.runtime.Events;
import rocketrides.runtime.Poller;
import rocketrides.status.Readings;
import rocketrides.status.Standing;
import rocketrides.status.Status;
import rocketrides.status.StatusRead;
import rocketrides.status.Total;

/**
 * Looks at everything some times a second, while anybody watches, and hands one snapshot to all browsers. Keeps in
 * memory what has happened lately; if the process dies, only that is lost. When it stops, the streams end.
 */
public final class DashboardVerticle extends VerticleBase {
    /** Asks that the stream's Redis be flushed; answered when that is done. */
    static final String FLUSH = "dashboard.flush";

    private static final Snapshot AWAY = new Snapshot("{\"away\":true}");
    private static final Duration INTERVAL = Duration.ofMillis(300);
    private static final int PAUSE_FACTOR = 5;

    private final PageState page;
    private final Readings readings;
    private final Pool pool;
    private final Supplier<Future<Void>> flush;

    private final Feed feed = new Feed(System::currentTimeMillis);
    private final Latencies latencies = new Latencies();
    private Probe probe;
    private Poller poller;
    private boolean balanced = true;

    /** {@code flush}: deletes everything in the Redis database that the stream is in. */
    public DashboardVerticle(PageState page, Readings readings, Pool pool, Supplier<Future<Void>> flush) {
        this.page = page;
        this.readings = readings;
        this.pool = pool;
        this.flush = flush;
    }

    @Override
    public Future<?> start() {
        probe = new Probe(pool, latencies);
        Events.on(vertx, Events.Consumed.class, this::consumed);
        Events.on(vertx, Events.Failed.class, this::failed);
        Events.on(vertx, StatusRead.class, this::read);
        Events.on(vertx, Ordered.class, order -> feed.add(ORDER, "you", order.what(), 0));
        Events.on(vertx, Events.Pace.class, page::paced);
        vertx.eventBus().localConsumer(FLUSH, this::flush);
        poller = new Poller(vertx, "dashboard", this::look);
        poller.start();
        return Future.succeededFuture();
    }

    @Override
    public Future<?> stop() {
        page.close();
        Events.publish(vertx, Snapshot.LAST);
        return poller.stop();
    }

    private Future<Duration> look() {
        if (!page.watched()) {
            return Future.succeededFuture(INTERVAL);
        }
        var begun = System.nanoTime();
        return readings.status(INTERVAL)
                .compose(now -> probe.runOnce(now.log().headOffset()).map(now))
                .onSuccess(this::show)
                .onFailure(t -> Events.publish(vertx, AWAY))
                .<Status>mapEmpty()
                .otherwiseEmpty() // the audit tells people that Postgres is away
                .map(shown -> {
                    var pause = Duration.ofNanos(System.nanoTime() - begun).multipliedBy(PAUSE_FACTOR);
                    return pause.compareTo(INTERVAL) > 0 ? pause : INTERVAL;
                });
    }

    private void show(Status now) {
        var json = now.toJson()
                .put("at", now.at().toEpochMilli())
                .put("feed", feed.toJson())
                .put("standing", Standing.of(now, page.faults()).toJson());
        json.getJsonObject("log")
                .put("unpublished_millis", now.log().unpublishedFor().toMillis());
        if (now.audited()) {
            json.put("quantities", quantities(now.total()));
        }
        for (int i = 0; i < now.consumers().size(); i++) {
            var consumer = now.consumers().get(i);
            json.getJsonArray("consumers")
                    .getJsonObject(i)
                    .put("balanced", consumer.balanced())
                    .put("latency", latencies.toJson(consumer.name(), Probe.now()));
        }
        Events.publish(vertx, new Snapshot(page.describe(json).encode()));
    }

    /** How the page is to write amounts. */
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
        latencies.consumed(event.consumer(), event.offset(), Probe.now());
        if (event.healed() > 0) {
            feed.add(HEALED, event.consumer(), "healed a gap from the archive", event.healed());
        }
        if (event.duplicates() > 0) {
            feed.add(HEALED, event.consumer(), "skipped what was sent twice", event.duplicates());
        }
        if (event.rejected() > 0) {
            feed.add(ALARM, event.consumer(), "set aside what it cannot read", event.rejected());
        }
    }

    private void failed(Events.Failed event) {
        feed.add(
                FAILURE,
                event.role(),
                switch (event.point()) {
                    case STREAMER_AFTER_PUBLISH -> "died after sending, before noting it: sends it twice";
                    case CONSUMER_BEFORE_SAVE -> "crashed: starts again from its checkpoint";
                    case API_BEFORE_COMMIT -> "rolled back after staging: nothing in the log";
                },
                0);
    }

    private void read(StatusRead read) {
        if (read.now().balanced() != balanced) {
            balanced = !balanced;
            feed.add(balanced ? HEALED : ALARM, Feed.AUDIT, balanced ? "the books balance again" : "BOOKS DIFFER", 0);
        }
    }

    private void flush(Message<Object> asked) {
        flush.get()
                .onSuccess(done -> asked.reply(""))
                .onFailure(t -> asked.fail(503, "Redis is away, or refuses it to this user"));
    }
}
