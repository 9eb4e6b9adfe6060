package rocketrides.runtime;

import static java.util.concurrent.TimeUnit.MILLISECONDS;

import io.vertx.core.Future;
import io.vertx.core.Vertx;

/**
 * Undeploys a verticle whose children may be undeploying already. Vert.x 5.0.10 undeploys children first. If one of
 * them is undeploying already, the call fails and the parent is not stopped
 * ({@code DefaultDeploymentManager.DeploymentContextImpl.undeploy}). Once the children are gone, another call succeeds.
 */
public final class Undeployment {
    private static final long BETWEEN_MILLIS = 20;
    private static final int MOST_CALLS = 250;

    private Undeployment() {}

    /**
     * Completes when the verticle has stopped. Fails if it could not be stopped, or if its children take longer than 5
     * s.
     */
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
