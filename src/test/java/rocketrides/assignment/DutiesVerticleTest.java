package rocketrides.assignment;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static rocketrides.testing.TestLog.await;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(VertxExtension.class)
class DutiesVerticleTest {
    private static final Lease LEASE = new Lease("audit", 0);

    private static final Leases GRANTED = new Leases() {
        @Override
        public Future<Set<Lease>> beat(Collection<Lease> work) {
            return Future.succeededFuture(Set.copyOf(work));
        }

        @Override
        public Future<Void> release() {
            return Future.succeededFuture();
        }
    };

    /** Broken: the first beat is answered late, on a thread of another owner. Must hold: the duties are undeployed with it. */
    @Test
    void takesItsDutiesDownWithIt(Vertx vertx) {
        var membership = new Membership(GRANTED, System::nanoTime);
        await(membership.beat(List.of(LEASE)));
        var firstBeat = Promise.<Void>promise();
        var duty = Duty.ofAny("audit", 1, () -> new VerticleBase() {});
        var deployed = vertx.deployVerticle(new DutiesVerticle(membership, firstBeat.future(), () -> List.of(duty)));
        await(vertx.timer(50));
        firstBeat.complete();
        var id = await(deployed);
        assertEquals(2, vertx.deploymentIDs().size());
        await(vertx.undeploy(id));
        assertEquals(Set.of(), vertx.deploymentIDs());
    }
}
