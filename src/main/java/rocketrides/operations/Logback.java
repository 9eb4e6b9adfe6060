package rocketrides.operations;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.JsonEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import org.slf4j.LoggerFactory;

/** Loaded only where Logback writes the log. */
final class Logback {
    private static final String CONSOLE = "console";

    private Logback() {}

    /** One JSON object for each line. */
    static void json() {
        if (console() == null) {
            return; // somebody brought a logback.xml of their own
        }
        console().setEncoder(jsonEncoder());
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

    /** Leaves the standard output to a command's answer. */
    static void warningsToStandardError() {
        context().getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME).setLevel(Level.WARN);
        var console = console();
        if (console != null) {
            console.stop();
            console.setTarget("System.err");
            console.start();
        }
    }

    private static LoggerContext context() {
        return (LoggerContext) LoggerFactory.getILoggerFactory();
    }

    @SuppressWarnings("unchecked")
    private static ConsoleAppender<ILoggingEvent> console() {
        Logger root = context().getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        return (ConsoleAppender<ILoggingEvent>) root.getAppender(CONSOLE);
    }
}
