package rocketrides.status;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.function.Supplier;

/**
 * The state as this process reads it, for everybody who shows it: whoever looks is given the last reading if it is young
 * enough, or waits for the one under way, or begins one. So there is never more than one reading at a time, and their number
 * does not grow with that of those who look. To be used from any context; answers come on the caller's.
 */
public final class Readings {
    private final Vertx vertx;
    private final Context context;
    private final Reading whole;
    private final Reading positions;
    private final Supplier<Future<Members>> members;

    /** {@code reader} is used on one context only. */
    public Readings(Vertx vertx, StatusReader reader) {
        this(vertx, reader::read, reader::readPositions, reader::readMembers);
    }

    Readings(
            Vertx vertx,
            Supplier<Future<Status>> whole,
            Supplier<Future<Status>> positions,
            Supplier<Future<Members>> members) {
        this.vertx = vertx;
        this.context = vertx.getOrCreateContext();
        this.whole = new Reading(whole);
        this.positions = new Reading(positions);
        this.members = members;
    }

    /** With what the books say. {@code most}: the most time since the reading began. Fails as {@link StatusReader#read}. */
    public Future<Status> status(Duration most) {
        return onContext(() -> whole.atMost(most));
    }

    /**
     * As {@link #status}, but what the books say may be missing, so that it does not depend on how long they take: a reading
     * with books serves only once it is complete.
     */
    public Future<Status> positions(Duration most) {
        return onContext(() -> whole.isComplete(most) ? whole.last : positions.atMost(most));
    }

    /** Read anew, which costs little. Fails when Postgres does. */
    public Future<Members> members() {
        return members.get();
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
