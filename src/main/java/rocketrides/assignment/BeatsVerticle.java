package rocketrides.assignment;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import rocketrides.runtime.Events;
import rocketrides.runtime.Events.Assigned;
import rocketrides.runtime.Poller;

/**
 * Sends the beats of this process, on its own context. Publishes {@link Assigned} after each beat, and when the leases
 * expire. Deploy it before the roles and undeploy it after them: its stop releases all leases.
 */
public final class BeatsVerticle extends VerticleBase {
    private static final Logger LOG = LoggerFactory.getLogger("assignment");
    private static final Duration BEAT = Duration.ofMillis(500);

    /** The work changes rarely, so it is read with every second beat. */
    private static final int BEATS_PER_LOOK = 2;

    private final Membership membership;
    private final Work work;
    private final Promise<Void> first = Promise.promise();
    private Poller poller;
    private Throwable failure;
    private Future<?> refreshed = Future.succeededFuture();
    private int beats;
    private long over = -1;
    private Set<String> told;

    public BeatsVerticle(Membership membership, Work work) {
        this.membership = membership;
        this.work = work;
        this.told = names(work.leases()); // a process that owns everything from the start does not log it
    }

    /** Sends the first beat without waiting for the reply; see {@link #first}. */
    @Override
    public Future<?> start() {
        poller = new Poller(vertx, "assignment", new Poller.Work(this::beat, failed -> false, () -> failure));
        poller.start();
        return Future.succeededFuture();
    }

    /** Completes when the first beat was answered or has failed. Never fails. */
    public Future<Void> first() {
        return first.future();
    }

    @Override
    public Future<?> stop() {
        return poller.stop().transform(stopped -> membership.leave()).otherwiseEmpty();
    }

    /**
     * Keeps its pace while Postgres cannot be reached, so that this process takes part again within one beat
     * afterwards.
     */
    private Future<Duration> beat() {
        var begun = System.nanoTime();
        var asked = List.copyOf(work.leases());
        refresh(asked);
        return Future.<Void>succeededFuture()
                .compose(now -> membership.beat(asked))
                .transform(done -> {
                    failure = done.failed() ? done.cause() : refreshed.cause();
                    tell();
                    first.tryComplete();
                    var left = BEAT.minusNanos(System.nanoTime() - begun);
                    return Future.succeededFuture(left.isNegative() ? Duration.ZERO : left);
                });
    }

    /** No beat waits for this: the next one takes the result into account, at once if it is another one. */
    private void refresh(Collection<Lease> before) {
        if (++beats % BEATS_PER_LOOK == 0 && refreshed.isComplete()) {
            refreshed = work.refresh().onSuccess(read -> {
                if (!before.equals(List.copyOf(work.leases()))) {
                    poller.wake();
                }
            });
        }
    }

    private Set<String> names(Collection<Lease> leases) {
        return leases.stream().map(work::nameOf).collect(Collectors.toCollection(TreeSet::new));
    }

    private void tell() {
        vertx.cancelTimer(over);
        var leases = membership.owned();
        var owned = names(leases);
        var others = names(work.leases());
        others.removeAll(owned);
        if (!owned.equals(told)) {
            told = owned;
            LOG.info(
                    "this process owns {}{}",
                    owned.isEmpty() ? "nothing" : String.join(", ", owned),
                    others.isEmpty() ? "" : "; it does not own " + String.join(", ", others));
        }
        work.leases().stream()
                .map(Lease::role)
                .filter(role -> leases.stream().noneMatch(lease -> lease.role().equals(role)))
                .forEach(others::add);
        Events.publish(vertx, new Assigned(owned, others));
        if (!owned.isEmpty()) {
            over = vertx.setTimer(membership.remaining().toMillis() + 1, id -> tell());
        }
    }
}
