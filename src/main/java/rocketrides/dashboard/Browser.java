package rocketrides.dashboard;

import io.vertx.core.Vertx;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.time.Duration;
import rocketrides.http.Wire;
import rocketrides.runtime.Events;

/**
 * One browser that watches, by server-sent events. A slow one misses snapshots, each of which is complete; one that has
 * taken nothing for long is cut off; one that has gone is forgotten. Belongs to its request's context.
 */
final class Browser {
    private static final int QUEUE_BYTES = 64 * 1024;
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final HttpServerRequest request;
    private final HttpServerResponse response;
    private final Runnable gone;
    private final Duration patience;
    private MessageConsumer<?> snapshots;
    private long fullSince;
    private boolean left;

    private Browser(HttpServerRequest request, Runnable gone, Duration patience) {
        this.request = request;
        this.response = request.response();
        this.gone = gone;
        this.patience = patience;
    }

    /** {@code gone} is called once, when it watches no more. */
    static void watch(Vertx vertx, HttpServerRequest request, Runnable gone) {
        watch(vertx, request, gone, PATIENCE);
    }

    static void watch(Vertx vertx, HttpServerRequest request, Runnable gone, Duration patience) {
        var browser = new Browser(request, gone, patience);
        var response = browser.response;
        response.putHeader("Content-Type", "text/event-stream")
                .putHeader("Cache-Control", "no-store")
                .putHeader("X-Accel-Buffering", "no")
                .setChunked(true)
                .setWriteQueueMaxSize(QUEUE_BYTES)
                .exceptionHandler(t -> browser.leave())
                .closeHandler(closed -> browser.leave())
                .endHandler(ended -> browser.leave());
        browser.snapshots = Events.on(vertx, Snapshot.class, snapshot -> browser.show(snapshot.json()));
        response.write("retry: 1000\n\n");
    }

    private void show(String snapshot) {
        if (left) {
            return;
        }
        if (snapshot.isEmpty()) {
            end();
        } else if (!response.writeQueueFull()) {
            fullSince = 0;
            response.write("data: " + snapshot + "\n\n");
        } else if (fullSince == 0) {
            fullSince = System.nanoTime();
        } else if (System.nanoTime() - fullSince > patience.toNanos()) {
            cutOff();
        }
    }

    /** Whoever takes nothing would not take the end either, and the server would wait for that before it stops. */
    private void end() {
        if (response.writeQueueFull()) {
            cutOff();
        } else {
            response.end();
        }
    }

    private void cutOff() {
        Wire.cut(request.connection());
        leave();
    }

    private void leave() {
        if (!left) {
            left = true;
            snapshots.unregister();
            gone.run();
        }
    }
}
