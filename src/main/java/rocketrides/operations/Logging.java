package rocketrides.operations;

import org.slf4j.LoggerFactory;

/**
 * How the log is written, where {@code logback.xml}, which is read before any setting, is not what is wanted. A program
 * may have another logging library than Logback; it is configured by its own means.
 */
public final class Logging {
    private Logging() {}

    /** One JSON object for each line. */
    public static void json() {
        if (isLogback()) {
            Logback.json();
        } else {
            LoggerFactory.getLogger(Logging.class)
                    .warn(
                            "logging.format is json, which is for ch.qos.logback:logback-classic only, so it has no effect");
        }
    }

    /** Leaves the standard output to a command's answer. */
    public static void warningsToStandardError() {
        if (isLogback()) {
            Logback.warningsToStandardError();
        }
    }

    private static boolean isLogback() {
        return LoggerFactory.getILoggerFactory().getClass().getName().startsWith("ch.qos.logback.");
    }
}
