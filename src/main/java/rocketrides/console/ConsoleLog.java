package rocketrides.console;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.JsonEncoder;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.spi.ContextAwareBase;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import rocketrides.runtime.Terminal;

/**
 * Configures Logback to write lines for people to standard output, unless the program has a configuration of its own.
 * Logback finds this class as a service. In code, because to read a {@code logback.xml} takes a third of the time of a
 * command.
 */
public final class ConsoleLog extends ContextAwareBase implements Configurator {
    private static final String APPENDER = "console";

    /**
     * The key-value pairs of a line, for example {@code request=4f1c…}. Prints nothing, not even a space, if there are
     * none.
     */
    private static final String KEYS = "%replace( %kvp{NONE}){'^ $', ''}";

    private static final String PLAIN = "%d{HH:mm:ss.SSS} %-5level %-10logger{0} %msg" + KEYS + "%n%ex{8}";
    private static final String COLOURED =
            "%gray(%d{HH:mm:ss.SSS}) %highlight(%-5level) %cyan(%-10logger{0}) %msg" + KEYS + "%n%ex{8}";

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
        encoder.setPattern(pattern());
        encoder.start();
        var console = new ConsoleAppender<ILoggingEvent>();
        console.setContext(context);
        console.setName(APPENDER);
        console.setEncoder(encoder);
        console.start();
        var root = context.getLogger(Logger.ROOT_LOGGER_NAME);
        root.setLevel(Level.INFO);
        root.addAppender(console);
        quieten(context);
    }

    static String pattern() {
        return coloured(System.getenv("NO_COLOR"), System.getenv("TERM"), Terminal.attached()) ? COLOURED : PLAIN;
    }

    /** See no-color.org: any non-empty value of NO_COLOR turns colours off. */
    static boolean coloured(String noColor, String term, boolean atTerminal) {
        return atTerminal && (noColor == null || noColor.isEmpty()) && !"dumb".equals(term);
    }

    private static void quieten(LoggerContext context) {
        context.getLogger("io.netty").setLevel(Level.WARN);
        context.getLogger("io.zonky").setLevel(Level.WARN);
        // logs every failed batch; rocketrides.tracing logs once that spans cannot be sent
        context.getLogger("io.opentelemetry.exporter").setLevel(Level.OFF);
        // would warn at each start, because Vert.x registers its gauge of event bus handlers for several addresses
        context.getLogger("io.micrometer.core.instrument.MeterRegistry").setLevel(Level.ERROR);
        // would warn at the stop about each event without a remaining handler
        context.getLogger("io.vertx.core.eventbus.impl.MessageConsumerImpl").setLevel(Level.ERROR);
        // logs "Unhandled Error" for each broken connection; the owner of the connection gets the failure and logs it
        context.getLogger("io.vertx.redis.client.impl.RedisConnectionManager").setLevel(Level.OFF);
    }

    static void json() {
        console().ifPresent(console -> console.setEncoder(jsonEncoder()));
    }

    static JsonEncoder jsonEncoder() {
        var encoder = new JsonEncoder();
        encoder.setContext(context());
        encoder.setWithFormattedMessage(true);
        encoder.setWithMessage(false);
        encoder.setWithArguments(false);
        encoder.setWithSequenceNumber(false);
        encoder.setWithNanoseconds(false);
        encoder.setWithContext(false);
        encoder.start();
        return encoder;
    }

    static void warningsToStandardError() {
        context().getLogger(Logger.ROOT_LOGGER_NAME).setLevel(Level.WARN);
        console().ifPresent(console -> {
            console.stop();
            console.setTarget("System.err");
            console.start();
        });
    }

    private static LoggerContext context() {
        return (LoggerContext) LoggerFactory.getILoggerFactory();
    }

    /** Our appender; empty if the program has its own configuration of Logback. */
    private static Optional<ConsoleAppender<ILoggingEvent>> console() {
        return context().getLogger(Logger.ROOT_LOGGER_NAME).getAppender(APPENDER)
                        instanceof ConsoleAppender<ILoggingEvent> console
                ? Optional.of(console)
                : Optional.empty();
    }
}
