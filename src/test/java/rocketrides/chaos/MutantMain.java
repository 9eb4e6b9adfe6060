package rocketrides.chaos;

import io.vertx.core.Vertx;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import rocketrides.config.Settings;
import rocketrides.consumer.Consumer.Source;
import rocketrides.consumer.ConsumerVerticle;
import rocketrides.consumer.Instance;
import rocketrides.consumer.PostgresCheckpoints;
import rocketrides.log.PostgresSegmentStore;
import rocketrides.log.PostgresStagedRecords;
import rocketrides.log.RedisLogStream;
import rocketrides.rides.TotalDistance;
import rocketrides.runtime.Events;
import rocketrides.runtime.Faults;
import rocketrides.servers.LogTables;
import rocketrides.servers.Postgres;
import rocketrides.servers.RedisClient;
import rocketrides.streamer.StreamerVerticle;
import rocketrides.testing.TestSettings;

/** The program's own streamer and consumers as a process, wired as it wires them, but for one {@link ChaosMutant}. */
public final class MutantMain {
    /** Printed when it works. */
    static final String WORKS = "the mutant works";

    private MutantMain() {}

    public static void main(String[] arguments) throws Exception {
        System.setProperty("vertx.logger-delegate-factory-class-name", "io.vertx.core.logging.SLF4JLogDelegateFactory");
        var mutant = ChaosMutant.valueOf(arguments[0]);
        var settings = TestSettings.load(System.getenv());
        var vertx = Vertx.vertx();
        Events.register(vertx);
        var postgres = new Postgres(
                vertx,
                settings.postgres().uri(),
                Optional.empty(),
                settings.postgres().poolSize(),
                1);
        postgres.ready(new LogTables(List.of("/rocketrides/rides.sql"), 1)).await();
        var redis = new RedisClient(vertx, settings.redis().uri(), Optional.empty(), settings.log().stream());
        if (settings.streamer().instances() > 0) {
            var store = mutant.store(new PostgresSegmentStore(mutant.pool(postgres.streamerPool()), 0));
            var stream = new RedisLogStream(redis.hold(), settings.log());
            vertx.deployVerticle(new StreamerVerticle(
                            new StreamerVerticle.Options("streamer0", settings.streamer(), () -> Set.of(0)),
                            new PostgresStagedRecords(postgres.streamerPool(), () -> Set.of(0)),
                            partition -> new StreamerVerticle.Outlet(store, stream, settings.log(), false),
                            faults(settings, "streamer0")))
                    .await();
        }
        var pool = mutant.pool(postgres.pool());
        var checkpoints = PostgresCheckpoints.in(pool);
        for (int i = 0; i < settings.consumer().instances(); i++) {
            var instance = Instance.of("consumer" + i);
            vertx.deployVerticle(new ConsumerVerticle(
                            instance,
                            settings.consumer().batchSize(),
                            checkpoints.apply(instance, new TotalDistance()),
                            () -> new Source(
                                    mutant.store(new PostgresSegmentStore(pool, 0)),
                                    new RedisLogStream(redis.hold(), settings.log())),
                            faults(settings, instance.role())))
                    .await();
        }
        System.out.println(WORKS);
    }

    private static Faults faults(Settings settings, String owner) {
        return Faults.random(
                settings.failures().rates(), settings.failures().seed().orElse(1), owner);
    }
}
