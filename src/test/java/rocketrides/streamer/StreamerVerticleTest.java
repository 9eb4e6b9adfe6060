package rocketrides.streamer;

import static java.util.concurrent.TimeUnit.SECONDS;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import rocketrides.config.Settings;
import rocketrides.config.Settings.Delivery;
import rocketrides.log.LogStream;
import rocketrides.log.SegmentStore;
import rocketrides.log.SegmentStore.FloorSample;
import rocketrides.runtime.Events;
import rocketrides.runtime.Faults;

@ExtendWith(VertxExtension.class)
class StreamerVerticleTest {
    /** Longer than the time between two looks at the floor. */
    private static final long SLOW = 1_100;

    private final Promise<Void> sealed = Promise.promise();

    /** Otherwise an overloaded Postgres would see nothing but the floor's statements, for ever. */
    @Test
    void sealsEvenIfTheFloorTakesLongerThanTheTimeUntilTheNext(Vertx vertx) throws Exception {
        Events.register(vertx);
        var store = slowFloor(vertx);
        var stream = (LogStream) Proxy.newProxyInstance(
                getClass().getClassLoader(),
                new Class<?>[] {LogStream.class},
                (proxy, method, arguments) -> method.getName().equals("top")
                        ? Future.succeededFuture(Optional.empty())
                        : Future.succeededFuture());
        var options = new StreamerVerticle.Options(
                "streamer0",
                new Settings.Streamer(1, 10, Duration.ofMillis(10)),
                new Settings.Log("rides", 1_000, Delivery.AT_LEAST_ONCE, Duration.ofDays(7)));

        vertx.deployVerticle(new StreamerVerticle(options, store, stream, Faults.NONE))
                .await(5, SECONDS);

        sealed.future().await(10, SECONDS);
    }

    private SegmentStore slowFloor(Vertx vertx) {
        return (SegmentStore) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {SegmentStore.class}, (proxy, method, arguments) -> {
                    switch (method.getName()) {
                        case "sampleFloor":
                            return vertx.timer(SLOW).map(new FloorSample(0, Set.of()));
                        case "raiseFloor":
                            return vertx.timer(SLOW).map(true);
                        case "lowerFloor":
                            return Future.succeededFuture(false);
                        case "seal":
                            sealed.tryComplete();
                            return Future.succeededFuture(Optional.empty());
                        case "unpublished":
                            return Future.succeededFuture(List.of());
                        default:
                            return Future.succeededFuture(0);
                    }
                });
    }
}
