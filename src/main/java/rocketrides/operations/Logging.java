package rocketrides.operations;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.JsonEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Changes the logging at run time, because Logback is configured before the settings are read. Has no effect with a
 * logging library other than Logback, which must be configured by its own means.
 */
public final class Logging {
    private Logging() {}

    /** Writes one JSON object per line. */
    public static void json() {
        if (isLogback()) {
            Logback.json();
        } else {
            LoggerFactory.getLogger(Logging.class)
                    .warn(
                            "logging.format is json, which is for ch.qos.logback:logback-classic only, so it has no effect");
        }
    }

    /** Writes warnings to standard error, so that standard output contains only a command's result. */
    public static void warningsToStandardError() {
        if (isLogback()) {
            Logback.warningsToStandardError();
        }
    }

    private static boolean isLogback() {
        return LoggerFactory.getILoggerFactory().getClass().getName().startsWith("ch.qos.logback.");
    }

    /** Loaded only if Logback is the logging library. */
    static final class Logback {
        private static final LoggerContext CONTEXT = (LoggerContext) LoggerFactory.getILoggerFactory();
        private static final ch.qos.logback.classic.Logger ROOT = CONTEXT.getLogger(Logger.ROOT_LOGGER_NAME);

        private Logback() {}

        private static void json() {
            // Without our appender, the program has its own configuration of Logback.
            if (ROOT.getAppender("console") instanceof ConsoleAppender<ILoggingEvent> console) {
                console.setEncoder(jsonEncoder());
            }
        }

        static JsonEncoder jsonEncoder() {
            var encoder = new JsonEncoder();
            encoder.setContext(CONTEXT);
            encoder.setWithFormattedMessage(true);
            encoder.setWithMessage(false);
            encoder.setWithArguments(false);
            encoder.setWithSequenceNumber(false);
            encoder.setWithNanoseconds(false);
            encoder.setWithContext(false);
            encoder.start();
            return encoder;
        }

        private static void warningsToStandardError() {
            ROOT.setLevel(Level.WARN);
            if (ROOT.getAppender("console") instanceof ConsoleAppender<ILoggingEvent> console) {
                console.stop();
                console.setTarget("System.err");
                console.start();
            }
        }
    }
}
