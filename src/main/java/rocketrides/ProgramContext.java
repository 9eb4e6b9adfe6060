package rocketrides;

import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import java.util.function.Function;
import rocketrides.config.Settings;
import rocketrides.log.Staging;
import rocketrides.runtime.Faults;

/**
 * The parts of a process that a program's own routes and verticles may use.
 *
 * @param pool connections to the log's Postgres, with the schema applied; the process closes it
 * @param log stages records
 * @param port the port this process listens on; 0 if it is any free port and not yet known
 * @param faults the failures to inject into the instance of that name
 */
public record ProgramContext(
        Settings settings, Vertx vertx, Pool pool, Staging log, int port, Function<String, Faults> faults) {}
