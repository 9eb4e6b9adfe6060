package rocketrides.dashboard;

import io.vertx.core.Vertx;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.time.Duration;
import rocketrides.http.Wire;
import rocketrides.runtime.Events;

/**
 * Sends snapshots to one browser by server-sent events. Each snapshot is complete, so a slow browser skips some. A
 * browser that reads nothing for {@link #PATIENCE} is disconnected. The stream ends when the server shuts down. Belongs
 * to its request's context.
 */
final class Browser {
    static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final int QUEUE_BYTES = 64 * 1024;

    private final HttpServerRequest request;
    private final HttpServerResponse response;
    private final Runnable gone;
    private final Duration patience;
    private final MessageConsumer<?> snapshots;
    private long fullSince;
    private boolean left;

    private Browser(Vertx vertx, HttpServerRequest request, Runnable gone, Duration patience) {
        this.request = request;
        this.response = request.response();
        this.gone = gone;
        this.patience = patience;
        this.snapshots = Events.on(vertx, Snapshot.class, this::show);
    }

    /**
     * @param history the charts' earlier points, as JSON text
     * @param gone is called once, when the browser has left
     */
    static void watch(Vertx vertx, HttpServerRequest request, String history, Runnable gone, Duration patience) {
        var browser = new Browser(vertx, request, gone, patience);
        request.connection().shutdownHandler(shutdown -> browser.end());
        request.response()
                .putHeader("Content-Type", "text/event-stream")
                .putHeader("Cache-Control", "no-store")
                .putHeader("X-Accel-Buffering", "no")
                .setChunked(true)
                .setWriteQueueMaxSize(QUEUE_BYTES)
                .exceptionHandler(t -> browser.leave())
                .closeHandler(closed -> browser.leave())
                .endHandler(ended -> browser.leave())
                .write("retry: 1000\n\nevent: history\ndata: " + history + "\n\n");
    }

    private void show(Snapshot snapshot) {
        if (left) {
            return; // sent before the handler was unregistered
        }
        if (!response.writeQueueFull()) {
            fullSince = 0;
            response.write("data: " + snapshot.json() + "\n\n");
        } else if (fullSince == 0) {
            fullSince = System.nanoTime();
        } else if (System.nanoTime() - fullSince > patience.toNanos()) {
            cutOff();
        }
    }

    /** A browser that does not read would not read the end either, and the server would wait for it before it stops. */
    private void end() {
        if (response.writeQueueFull()) {
            cutOff();
        } else if (!left) {
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
