package rocketrides.assignment;

import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import rocketrides.runtime.Events;
import rocketrides.runtime.Events.Assigned;
import rocketrides.runtime.Events.StepEnded;
import rocketrides.runtime.Undeployment;

/**
 * Deploys a duty when this process gets its lease, and undeploys it when the process loses the lease. Undeploying this
 * verticle waits until all duties are undeployed.
 */
public final class DutiesVerticle extends VerticleBase {
    private static final Logger LOG = LoggerFactory.getLogger("assignment");
    private static final Duration RETRY = Duration.ofSeconds(5);

    private final Membership membership;
    private final Future<Void> firstBeat;
    private final Supplier<List<Duty>> duties;

    /** By the role of the duty. */
    private final Map<String, Stand> stands = new HashMap<>();

    /**
     * One duty, and whether it is deployed. Changes run one after the other, because each may have to wait for current
     * work.
     */
    private final class Stand {
        private final Duty duty;
        private boolean wanted;
        private String deployment;
        private Future<Void> turn = Future.succeededFuture();
        private long retry = System.nanoTime();

        Stand(Duty duty) {
            this.duty = duty;
        }

        Future<Void> settle() {
            turn = turn.transform(before -> {
                boolean mine = wanted && membership.owned().stream().anyMatch(duty.lease());
                if (mine && deployment == null && System.nanoTime() - retry >= 0) {
                    return deploy();
                }
                return !mine && deployment != null ? undeploy() : Future.succeededFuture();
            });
            return turn;
        }

        private Future<Void> deploy() {
            var options = new DeploymentOptions().setInstances(duty.instances());
            return vertx.deployVerticle(duty.next(), options)
                    .onSuccess(id -> deployment = id)
                    .onFailure(t -> retry = System.nanoTime() + RETRY.toNanos())
                    .mapEmpty();
        }

        private Future<Void> undeploy() {
            var id = deployment;
            deployment = null;
            return Undeployment.of(vertx, id).otherwiseEmpty();
        }
    }

    /**
     * @param firstBeat completes when the first owned roles are known
     * @param duties called after each beat: all duties that exist at present, each with another role
     */
    public DutiesVerticle(Membership membership, Future<Void> firstBeat, Supplier<List<Duty>> duties) {
        this.membership = membership;
        this.firstBeat = firstBeat;
        this.duties = duties;
    }

    /** Fails if a duty of the first owned roles cannot be deployed. */
    @Override
    public Future<?> start() {
        // On this verticle's context: only then are the duties its children, and the stands used by one thread.
        var begun = Promise.<Void>promise();
        firstBeat.onComplete(beat -> context.runOnContext(here -> begun.complete()));
        return begun.future()
                .compose(all -> Future.all(stands().stream().map(Stand::settle).toList()))
                .onSuccess(all -> Events.on(vertx, Assigned.class, assigned -> stands().forEach(this::resettle)));
    }

    /** A stand whose duty no longer exists is kept until it is undeployed. */
    private List<Stand> stands() {
        stands.values().removeIf(stand -> !stand.wanted && stand.deployment == null && stand.turn.isComplete());
        stands.values().forEach(stand -> stand.wanted = false);
        duties.get().forEach(duty -> stands.computeIfAbsent(duty.role(), role -> new Stand(duty)).wanted = true);
        return List.copyOf(stands.values());
    }

    /**
     * While this verticle is being undeployed, no duty can be deployed, which is no error. The delay is needed because
     * this verticle learns late that it is being undeployed.
     */
    private void resettle(Stand stand) {
        stand.settle()
                .onFailure(t -> vertx.setTimer(1_000, id -> {
                    LOG.error("ALARM: {} could not be started", stand.duty.role(), t);
                    Events.publish(
                            vertx, new StepEnded(stand.duty.role(), RETRY, String.valueOf(t.getMessage()), false));
                }));
    }
}
