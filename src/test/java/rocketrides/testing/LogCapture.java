package rocketrides.testing;

import static rocketrides.testing.Eventually.eventually;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import org.slf4j.LoggerFactory;

/**
 * The log lines of level INFO and above during a test, as {@code LEVEL logger message}, followed by {@code key="value"}
 * pairs.
 */
public final class LogCapture extends AppenderBase<ILoggingEvent> implements AutoCloseable {
    private final List<String> lines = new CopyOnWriteArrayList<>();
    private final Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    private final Level level = root.getLevel();

    public LogCapture() {
        setContext(root.getLoggerContext());
        start();
        root.setLevel(Level.INFO);
        root.addAppender(this);
    }

    @Override
    protected void append(ILoggingEvent event) {
        var line =
                new StringBuilder(event.getLevel() + " " + event.getLoggerName() + " " + event.getFormattedMessage());
        if (event.getKeyValuePairs() != null) {
            event.getKeyValuePairs().forEach(pair -> line.append(' ').append(pair));
        }
        lines.add(line.toString());
    }

    public List<String> lines() {
        return lines;
    }

    /** The messages of that class so far. */
    public List<String> linesOf(Class<?> speaker) {
        var logger = " " + speaker.getName() + " ";
        return lines.stream()
                .filter(line -> line.contains(logger))
                .map(line -> line.substring(line.indexOf(logger) + logger.length()))
                .toList();
    }

    /** The matching lines so far, once there are {@code count} of them. */
    public List<String> await(int count, Predicate<String> matches) {
        eventually(
                () -> count + " lines that match, of " + lines,
                () -> lines.stream().filter(matches).count() >= count);
        return lines.stream().filter(matches).toList();
    }

    @Override
    public void close() {
        root.detachAppender(this);
        root.setLevel(level);
    }
}
