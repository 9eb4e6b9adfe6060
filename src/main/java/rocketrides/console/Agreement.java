package rocketrides.console;

import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import rocketrides.status.Standing;
import rocketrides.status.Status;

/**
 * Logs two things after each reading of the state: whether the audit balances, if one is declared, and where each
 * consumer is. Logs warnings while the audit does not balance or a role does not work. Use it on one context only.
 */
final class Agreement {
    private static final Logger LOG = LoggerFactory.getLogger("agreement");
    /** An unchanged problem is logged again at this interval, if the numbers have changed. */
    private static final long REPEAT_NANOS = Duration.ofSeconds(10).toNanos();

    private final Supplier<Map<String, String>> faults;

    private Object said;
    private String headline;
    private long repeat;

    /** {@code faults}: the roles of this process that do not work, by name, with the reason in one word. */
    Agreement(Supplier<Map<String, String>> faults) {
        this.faults = faults;
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
        if (found.equals(said) || !well && same && System.nanoTime() < repeat) {
            return;
        }
        said = found;
        headline = standing.headline();
        repeat = System.nanoTime() + REPEAT_NANOS;
        LOG.atLevel(well ? Level.INFO : Level.WARN).log(standing.summary());
    }
}
