package rocketrides;

import io.vertx.core.Deployable;
import io.vertx.ext.web.Router;
import java.util.List;
import java.util.stream.IntStream;
import rocketrides.api.Documentation;
import rocketrides.rides.ExpiredKeys;
import rocketrides.rides.IdempotencySettings;
import rocketrides.rides.RideBooks;
import rocketrides.rides.RideRoutes;
import rocketrides.rides.RideWriter;
import rocketrides.rides.TotalDistance;
import rocketrides.runtime.PollerVerticle;
import rocketrides.simulator.SimulatorSettings;
import rocketrides.simulator.SimulatorVerticle;

/** The shipped program: its API books rides, and its consumers add up their distances. */
public final class Main {
    private Main() {}

    public static void main(String[] arguments) {
        program().run(arguments);
    }

    static TransactionalLog program() {
        return TransactionalLog.program("rocket-rides-log")
                .description("The transactional log: rides in Postgres, a log in Redis, consumers that always agree.")
                .schema("/rocketrides/rides.sql")
                .consumers("consumer", new TotalDistance())
                .books(new RideBooks())
                .routes(Main::routes)
                .settings("api", IdempotencySettings.class)
                .settings("simulator", SimulatorSettings.class)
                .deploy(Main::expiry)
                .deploy(Main::simulators);
    }

    private static void routes(Router router, String instance, ProgramContext context) {
        var parts = new RideWriter.Parts(
                context.pool(), context.log(), context.faults().apply(instance), instance);
        var writer = new RideWriter(context.vertx(), parts);
        new RideRoutes(writer, context.pool(), context.settings().api().maxBody()).addTo(router);
        Documentation.addTo(router, "/rocketrides/rides/openapi.yaml");
    }

    private static List<? extends Deployable> expiry(ProgramContext context) {
        var retention = context.settings().of(IdempotencySettings.class).idempotencyRetention();
        return context.settings().api().instances() == 0
                ? List.of()
                : List.of(new PollerVerticle("expired keys", () -> ExpiredKeys.delete(context.pool(), retention)));
    }

    private static List<? extends Deployable> simulators(ProgramContext context) {
        var settings = context.settings().of(SimulatorSettings.class);
        boolean own = settings.apiPort() == 0;
        if (own && settings.instances() > 0 && context.settings().api().instances() == 0) {
            throw new IllegalStateException("this process has a simulator and no api (api.instances is 0):"
                    + " simulator.api-host and simulator.api-port must name the api of another process");
        }
        var host = own ? context.settings().api().host() : settings.apiHost();
        var port = own ? context.port() : settings.apiPort();
        return IntStream.range(0, settings.instances())
                .mapToObj(i -> new SimulatorVerticle("simulator" + i, settings, host, port))
                .toList();
    }
}
