package rocketrides;

import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import java.util.function.Function;
import rocketrides.config.Settings;
import rocketrides.log.Staging;
import rocketrides.runtime.Faults;

/**
 * What a program's own routes and verticles may use of the process that they run in.
 *
 * @param pool connections to the Postgres of the log, with its schema; closed by the process
 * @param log stages records
 * @param port where the process serves; 0 before it does so on any free port
 * @param faults the failures to inject into the instance of that name
 */
public record ProgramContext(
        Settings settings, Vertx vertx, Pool pool, Staging log, int port, Function<String, Faults> faults) {}
