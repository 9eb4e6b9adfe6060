package rocketrides.runtime;

import static java.util.concurrent.TimeUnit.MILLISECONDS;

import io.vertx.core.Future;
import io.vertx.core.Vertx;

/**
 * Undeploys a verticle whose children may be going down by themselves. Vert.x 5.0.10 undeploys the children first, and when
 * one of them is going down already it fails without having stopped the parent
 * ({@code DefaultDeploymentManager.DeploymentContextImpl.undeploy}). Once the children are gone, another call stops it.
 */
public final class Undeployment {
    private static final long BETWEEN_MILLIS = 20;
    private static final int MOST_CALLS = 250;

    private Undeployment() {}

    /** Completes when the verticle has stopped; fails if it could not, or if its children take longer than 5 s. */
    public static Future<Void> of(Vertx vertx, String deploymentId) {
        return of(vertx, deploymentId, MOST_CALLS);
    }

    private static Future<Void> of(Vertx vertx, String deploymentId, int calls) {
        return vertx.undeploy(deploymentId)
                .recover(t -> calls > 1 && vertx.deploymentIDs().contains(deploymentId)
                        ? vertx.timer(BETWEEN_MILLIS, MILLISECONDS).compose(again -> of(vertx, deploymentId, calls - 1))
                        : Future.failedFuture(t));
    }
}
