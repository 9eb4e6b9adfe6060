package rocketrides.status;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.function.Supplier;

/**
 * Shares the state that this process reads among all its users. A caller gets the last reading if it is recent enough,
 * or the reading in progress, or starts a new one. So there is at most one reading at a time, however many callers
 * there are. May be used from any context; results arrive on the caller's context.
 */
public final class Readings {
    private final Vertx vertx;
    private final Context context;
    private final Reading whole;
    private final Reading positions;

    /** {@code reader} is used on one context only. */
    public Readings(Vertx vertx, StatusReader reader) {
        this(vertx, reader::read, reader::readPositions);
    }

    Readings(Vertx vertx, Supplier<Future<Status>> whole, Supplier<Future<Status>> positions) {
        this.vertx = vertx;
        this.context = vertx.getOrCreateContext();
        this.whole = new Reading(whole);
        this.positions = new Reading(positions);
    }

    /**
     * The state including the books. {@code most}: the maximum time since the reading began. Fails like
     * {@link StatusReader#read}.
     */
    public Future<Status> status(Duration most) {
        return onContext(() -> whole.atMost(most));
    }

    /**
     * Like {@link #status}, but the books may be missing, so it does not wait for them: a reading with books is used
     * only once it has completed.
     */
    public Future<Status> positions(Duration most) {
        return onContext(() -> whole.isComplete(most) ? whole.last : positions.atMost(most));
    }

    private Future<Status> onContext(Supplier<Future<Status>> look) {
        var caller = vertx.getOrCreateContext();
        var answer = Promise.<Status>promise();
        context.runOnContext(here -> look.get()
                .onComplete((status, failure) -> caller.runOnContext(there -> answer.complete(status, failure))));
        return answer.future();
    }

    private static final class Reading {
        private final Supplier<Future<Status>> reader;
        private Future<Status> last = Future.failedFuture("not read yet");
        private long begun;

        Reading(Supplier<Future<Status>> reader) {
            this.reader = reader;
        }

        boolean isComplete(Duration most) {
            return last.succeeded() && System.nanoTime() - begun <= most.toNanos();
        }

        Future<Status> atMost(Duration most) {
            if (last.isComplete() && !isComplete(most)) {
                begun = System.nanoTime();
                last = reader.get();
            }
            return last;
        }
    }
}
