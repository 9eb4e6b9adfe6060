package rocketrides.rides;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.Pool;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import rocketrides.http.Refusal;
import rocketrides.log.Staging;
import rocketrides.rides.RideInsert.Holder;
import rocketrides.rides.RideInsert.Order;
import rocketrides.runtime.Events;
import rocketrides.runtime.Faults;

/**
 * Writes rides together with their staged log records. One statement writes both, so it commits completely or not at
 * all. A ride is acknowledged only after its commit is known. If the connection breaks before that, the outcome is
 * unknown and the ride is not acknowledged. A client that sent an {@link IdempotencyKey} repeats the request with it.
 *
 * <p>Group commit: rides that arrive while statements are in progress share the next statement. So many rides cost one
 * commit, and without a statement in progress no ride waits. Belongs to the context on which it is created.
 */
public final class RideWriter {
    static final int MAX_BATCH = 1_000;
    static final int MAX_QUEUED = 10_000;
    private static final int MAX_UNDER_WAY = 2;
    private static final Duration LIMIT = Duration.ofSeconds(10);

    private final Vertx vertx;
    private final Context context;
    private final Parts parts;
    private final Duration limit;

    private final ArrayDeque<Pending> queue = new ArrayDeque<>();
    private int underWay;
    private boolean scheduled;

    /**
     * What it needs.
     *
     * @param log wakes the streamers
     * @param role the name for reports of injected failures, for example {@code api0}
     */
    public record Parts(Pool pool, Staging log, Faults faults, String role) {}

    public RideWriter(Vertx vertx, Parts parts) {
        this(vertx, parts, LIMIT);
    }

    /** {@code limit}: how long a ride may wait for its statement, and how long a statement may take. */
    RideWriter(Vertx vertx, Parts parts, Duration limit) {
        this.vertx = vertx;
        this.context = vertx.getOrCreateContext();
        this.parts = parts;
        this.limit = limit;
    }

    /** {@code replayed}: the ride was booked by an earlier request with the same key. */
    record Booked(long id, boolean replayed) {}

    /**
     * Completes after the ride's commit. Fails at once with a {@link Refusal} if too many rides are waiting, and with a
     * {@link Refusal} if the key belongs to another request. Fails with a {@link TimeoutException} if Postgres does not
     * answer. That takes at most 30 s: one limit each for the wait, the insert, and the lookup of the key.
     *
     * @param traceparent goes into the record, so that its readers continue the trace; null without a trace
     */
    Future<Booked> write(RideRequest ride, Optional<IdempotencyKey> key, String traceparent) {
        if (queue.size() >= MAX_QUEUED) {
            return Future.failedFuture(new Refusal(503, "Too many rides wait to be booked. Please try again."));
        }
        var order = new Order(
                ride.distance(),
                key.map(IdempotencyKey::value).orElse(null),
                key.map(k -> Buffer.buffer(ride.fingerprint())).orElse(null),
                traceparent);
        var pending = new Pending(order, Promise.promise(), System.nanoTime());
        queue.add(pending);
        schedule();
        return pending.answer.future();
    }

    /**
     * Runs after everything that the event loop has already read, so that requests that arrive together are written
     * together.
     */
    private void schedule() {
        if (!queue.isEmpty() && !scheduled && underWay < MAX_UNDER_WAY) {
            scheduled = true;
            context.runOnContext(ignored -> {
                scheduled = false;
                writeNext();
            });
        }
    }

    private void writeNext() {
        var batch = new ArrayList<Pending>(Math.min(queue.size(), MAX_BATCH));
        while (batch.size() < MAX_BATCH && !queue.isEmpty()) {
            var pending = queue.poll();
            if (inTime(pending) && spared(pending)) {
                batch.add(pending);
            }
        }
        if (!batch.isEmpty()) {
            underWay++;
            write(batch).onComplete(ignored -> {
                underWay--;
                schedule();
            });
        }
        schedule();
    }

    /** Completes when each ride of the batch is answered or queued again. Never fails. */
    private Future<Void> write(List<Pending> batch) {
        return RideInsert.insert(parts.pool, ordersOf(batch))
                .timeout(limit.toMillis(), TimeUnit.MILLISECONDS)
                .transform(done -> done.succeeded() ? written(batch, done.result()) : failed(batch, done.cause()));
    }

    private Future<Void> written(List<Pending> batch, List<Long> ids) {
        // Before the answers, because writing those takes time, in which the streamers can work.
        int booked = (int) ids.stream().filter(Objects::nonNull).count();
        if (booked > 0) {
            parts.log.staged(booked);
        }
        var taken = new ArrayList<Pending>();
        for (int i = 0; i < batch.size(); i++) {
            if (ids.get(i) == null) {
                taken.add(batch.get(i));
            } else {
                batch.get(i).answer.complete(new Booked(ids.get(i), false));
            }
        }
        return taken.isEmpty() ? Future.succeededFuture() : replay(taken);
    }

    private Future<Void> replay(List<Pending> taken) {
        var keys = taken.stream().map(pending -> pending.order.key()).distinct().toList();
        return RideInsert.holders(parts.pool, keys)
                .timeout(limit.toMillis(), TimeUnit.MILLISECONDS)
                .onSuccess(holders -> taken.forEach(pending -> replay(pending, holders)))
                .onFailure(t -> taken.forEach(pending -> pending.answer.fail(t)))
                .<Void>mapEmpty()
                .otherwiseEmpty();
    }

    private void replay(Pending pending, Map<String, Holder> holders) {
        var holder = holders.get(pending.order.key());
        if (holder == null) {
            queue.add(pending); // the key has expired meanwhile, so it is free again
        } else if (holder.fingerprint().equals(pending.order.fingerprint())) {
            pending.answer.complete(new Booked(holder.ride(), true));
        } else {
            pending.answer.fail(
                    new Refusal(422, IdempotencyKey.HEADER + " was used for another request already. Use a new one."));
        }
    }

    /** Invalid data of one ride must not fail the others. Any other failure concerns the whole statement. */
    private Future<Void> failed(List<Pending> batch, Throwable t) {
        var alone = Future.<Void>succeededFuture();
        for (var pending : batch) {
            if (batch.size() == 1 || !refusesData(t)) {
                pending.answer.fail(t);
            } else {
                alone = alone.compose(ignored -> inTime(pending) ? write(List.of(pending)) : Future.succeededFuture());
            }
        }
        return alone;
    }

    private static boolean refusesData(Throwable t) {
        return t instanceof PgException e && String.valueOf(e.getSqlState()).matches("2[23].*");
    }

    /** False if the ride has waited too long, because Postgres does not answer. The ride is then not written. */
    private boolean inTime(Pending pending) {
        if (System.nanoTime() - pending.since <= limit.toNanos()) {
            return true;
        }
        pending.answer.fail(new TimeoutException("not written: those before it were waited for"));
        return false;
    }

    /** False if an injected failure has occurred. The ride then gets its own transaction, which is rolled back. */
    private boolean spared(Pending pending) {
        try {
            parts.faults.at(Faults.Point.API_BEFORE_COMMIT);
            return true;
        } catch (Faults.SimulatedFailure failure) {
            Events.publish(vertx, new Events.Failed(failure.point(), parts.role));
            parts.pool
                    .withTransaction(transaction -> RideInsert.insert(transaction, ordersOf(List.of(pending)))
                            .compose(inserted -> Future.failedFuture(failure)))
                    .timeout(limit.toMillis(), TimeUnit.MILLISECONDS)
                    .onFailure(pending.answer::fail);
            return false;
        }
    }

    private static List<Order> ordersOf(List<Pending> batch) {
        return batch.stream().map(Pending::order).toList();
    }

    /** {@code since}: as {@link System#nanoTime}. */
    private record Pending(Order order, Promise<Booked> answer, long since) {}
}
