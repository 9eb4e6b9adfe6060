package rocketrides.console;

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
            ConsoleLog.json();
        } else {
            LoggerFactory.getLogger(Logging.class)
                    .warn(
                            "logging.format is json, which is for ch.qos.logback:logback-classic only, so it has no effect");
        }
    }

    /** Writes warnings to standard error, so that standard output contains only a command's result. */
    public static void warningsToStandardError() {
        if (isLogback()) {
            ConsoleLog.warningsToStandardError();
        }
    }

    /** {@link ConsoleLog} can be loaded only if it is. */
    private static boolean isLogback() {
        return LoggerFactory.getILoggerFactory().getClass().getName().startsWith("ch.qos.logback.");
    }
}
