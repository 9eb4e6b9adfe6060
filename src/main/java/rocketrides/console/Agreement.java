package rocketrides.console;

import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import rocketrides.status.Standing;
import rocketrides.status.Status;

/**
 * Says two things, each true by itself, whenever something new was read: whether the books balance, if there are any, and
 * who is where. It is loud while the books do not balance or somebody does not do their work. Use it on one context only.
 */
final class Agreement {
    private static final Logger LOG = LoggerFactory.getLogger("agreement");
    /** The same trouble is told again so often, if something has changed since. */
    private static final long REPEAT_NANOS = Duration.ofSeconds(10).toNanos();

    private final Supplier<Map<String, String>> faults;
    private final LongSupplier nanoTime;

    private Object said;
    private String headline;
    private long repeat;

    /** {@code faults}: the roles of this process that do not do their work, by name. */
    Agreement(Supplier<Map<String, String>> faults, LongSupplier nanoTime) {
        this.faults = faults;
        this.nanoTime = nanoTime;
    }

    void read(Status now) {
        var standing = new Standing(now, faults.get());
        boolean balanced = now.balanced();
        boolean well = balanced && standing.well();
        var found = Arrays.asList(
                now.total(),
                now.log().headOffset(),
                now.staged(),
                now.consumers().stream().map(Status.Consumer::offset).toList(),
                standing.headline(),
                balanced);
        boolean same = standing.headline().equals(headline);
        if (found.equals(said) || !well && same && nanoTime.getAsLong() < repeat) {
            return;
        }
        said = found;
        headline = standing.headline();
        repeat = nanoTime.getAsLong() + REPEAT_NANOS;
        LOG.atLevel(well ? Level.INFO : Level.WARN).log(standing.summary());
    }
}
