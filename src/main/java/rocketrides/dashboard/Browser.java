package rocketrides.dashboard;

import io.vertx.core.Vertx;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.http.HttpServerResponse;
import java.util.concurrent.TimeUnit;

/**
 * One browser that watches, by server-sent events. A slow one misses snapshots, each of which is complete; one that has
 * taken nothing for long is cut off; one that has gone is forgotten. Belongs to its request's context.
 */
final class Browser {
    private static final int QUEUE_BYTES = 64 * 1024;
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(20);

    private final HttpServerResponse response;
    private final Runnable gone;
    private MessageConsumer<String> snapshots;
    private long fullSince;
    private boolean left;

    private Browser(HttpServerResponse response, Runnable gone) {
        this.response = response;
        this.gone = gone;
    }

    /** {@code gone} is called once, when it watches no more. */
    static void watch(Vertx vertx, HttpServerResponse response, Runnable gone) {
        var browser = new Browser(response, gone);
        response.putHeader("Content-Type", "text/event-stream")
                .putHeader("Cache-Control", "no-store")
                .putHeader("X-Accel-Buffering", "no")
                .setChunked(true)
                .setWriteQueueMaxSize(QUEUE_BYTES)
                .exceptionHandler(t -> browser.leave())
                .closeHandler(closed -> browser.leave())
                .endHandler(ended -> browser.leave());
        browser.snapshots = vertx.eventBus().localConsumer(Bus.SNAPSHOT, message -> browser.show(message.body()));
        response.write("retry: 1000\n\n");
    }

    private void show(String snapshot) {
        if (left) {
            return;
        }
        if (snapshot.isEmpty()) {
            response.end();
        } else if (!response.writeQueueFull()) {
            fullSince = 0;
            response.write("data: " + snapshot + "\n\n");
        } else if (fullSince == 0) {
            fullSince = System.nanoTime();
        } else if (System.nanoTime() - fullSince > PATIENCE_NANOS) {
            response.reset();
            leave();
        }
    }

    private void leave() {
        if (!left) {
            left = true;
            snapshots.unregister();
            gone.run();
        }
    }
}
