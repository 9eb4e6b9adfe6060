package rocketrides.console;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.spi.ContextAwareBase;
import java.util.Map;
import org.slf4j.Logger;

/**
 * Configures Logback to write lines for people to standard output, unless the program has a configuration of its own.
 * Logback finds this class as a service. In code, because to read a {@code logback.xml} takes a third of the time of a
 * command.
 */
public final class ConsoleLog extends ContextAwareBase implements Configurator {

    private static final Map<String, Level> LEVELS = Map.of(
            "io.netty",
            Level.WARN,
            "io.zonky",
            Level.WARN,
            // logs every failed batch; rocketrides.tracing logs once that spans cannot be sent
            "io.opentelemetry.exporter",
            Level.OFF,
            // would warn at each start, because Vert.x registers its gauge of event bus handlers for several addresses
            "io.micrometer.core.instrument.MeterRegistry",
            Level.ERROR,
            // would warn at the stop about each event without a remaining handler
            "io.vertx.core.eventbus.impl.MessageConsumerImpl",
            Level.ERROR,
            // logs "Unhandled Error" for each broken connection; the owner of the connection gets the failure and logs
            // it
            "io.vertx.redis.client.impl.RedisConnectionManager",
            Level.OFF);

    @Override
    public ExecutionStatus configure(LoggerContext context) {
        if (hasOwnConfiguration()) {
            return ExecutionStatus.INVOKE_NEXT_IF_ANY;
        }
        write(context);
        return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
    }

    private static boolean hasOwnConfiguration() {
        var loader = ConsoleLog.class.getClassLoader();
        return System.getProperty("logback.configurationFile") != null
                || loader.getResource("logback-test.xml") != null
                || loader.getResource("logback.xml") != null;
    }

    static void write(LoggerContext context) {
        var encoder = new PatternLayoutEncoder();
        encoder.setContext(context);
        encoder.setPattern(LinePattern.pattern());
        encoder.start();
        var console = new ConsoleAppender<ILoggingEvent>();
        console.setContext(context);
        console.setName("console"); // operations.Logging finds it by this name
        console.setEncoder(encoder);
        console.start();
        var root = context.getLogger(Logger.ROOT_LOGGER_NAME);
        root.setLevel(Level.INFO);
        root.addAppender(console);
        LEVELS.forEach((logger, level) -> context.getLogger(logger).setLevel(level));
    }
}
