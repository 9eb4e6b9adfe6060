package rocketrides.tracing;

import java.time.Duration;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import org.slf4j.LoggerFactory;

/**
 * What the SDK has to say, which it says by {@code java.util.logging}, goes to our log: at most a line a minute, because
 * it complains about each batch. What it says about sending is left out, as {@link WatchedExporter} says that.
 */
final class SdkLog extends Handler {
    private static final org.slf4j.Logger LOG = LoggerFactory.getLogger("tracing");
    private static final Duration BETWEEN_LINES = Duration.ofMinutes(1);

    /** Held, because the JDK would forget what was set on a logger that nobody holds. */
    private final Logger sdk = Logger.getLogger("io.opentelemetry");

    private long next = System.nanoTime();

    SdkLog() {
        setFormatter(new SimpleFormatter());
        sdk.setUseParentHandlers(false);
        sdk.addHandler(this);
    }

    @Override
    public synchronized void publish(LogRecord line) {
        var message = getFormatter().formatMessage(line);
        if (String.valueOf(line.getLoggerName()).startsWith("io.opentelemetry.exporter.")) {
            LOG.debug("{}", message, line.getThrown());
        } else if (System.nanoTime() - next >= 0) {
            next = System.nanoTime() + BETWEEN_LINES.toNanos();
            LOG.warn("{}", message, line.getThrown());
        }
    }

    @Override
    public void flush() {
        // nothing is held back
    }

    @Override
    public void close() {
        sdk.removeHandler(this);
    }
}
