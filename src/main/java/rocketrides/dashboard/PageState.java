package rocketrides.dashboard;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import rocketrides.config.Settings;
import rocketrides.runtime.Events;
import rocketrides.runtime.Faults;

/**
 * What all API instances and the verticle share about the page: who watches, and what has been ordered. Safe for use
 * from any context.
 */
public final class PageState {
    private static final int MAX_BROWSERS = 64;

    private final boolean controls;
    private final Own own;
    private final Map<Faults.Point, Double> failureRates;
    private final Supplier<Map<String, String>> faults;
    private final AtomicInteger browsers = new AtomicInteger();
    private volatile boolean closed;
    private volatile Double pace;

    /** The roles of this process, by name: the only ones that hear of an order. */
    public record Own(List<String> streamers, List<String> consumers, int simulators) {
        JsonObject toJson() {
            return new JsonObject()
                    .put("streamers", new JsonArray(streamers))
                    .put("consumers", new JsonArray(consumers))
                    .put("simulators", simulators);
        }
    }

    /**
     * @param failureRates those that the roles of this process look up; the page may change them
     * @param faults the roles of this process that do not do their work, by name, each with one word for why
     */
    public PageState(
            Settings.Dashboard settings,
            Settings.Api api,
            Own own,
            Map<Faults.Point, Double> failureRates,
            Supplier<Map<String, String>> faults) {
        this.controls = settings.controls() && isLoopback(api.host());
        this.own = own;
        this.failureRates = failureRates;
        this.faults = faults;
    }

    private static boolean isLoopback(String host) {
        return host.equals("localhost") || host.matches("127(\\.\\d+){3}") || host.matches("(0*:)+0*1");
    }

    Own own() {
        return own;
    }

    Map<String, String> faults() {
        return faults.get();
    }

    boolean controls() {
        return controls;
    }

    /** Takes a place for one more browser; false if there is none. */
    boolean enter() {
        if (browsers.incrementAndGet() <= MAX_BROWSERS && !closed) {
            return true;
        }
        leave();
        return false;
    }

    void leave() {
        browsers.decrementAndGet();
    }

    boolean watched() {
        return browsers.get() > 0;
    }

    /** Nobody enters from now on. */
    void close() {
        closed = true;
    }

    void setFailureRate(Faults.Point point, double rate) {
        failureRates.put(point, rate);
    }

    void paced(Events.Pace order) {
        pace = order.perSecond();
    }

    JsonObject describe(JsonObject json) {
        var rates = new JsonObject();
        Arrays.stream(Faults.Point.values())
                .forEach(point -> rates.put(point.toString(), failureRates.getOrDefault(point, 0.0)));
        return json.put("controls", controls)
                .put("failures", rates)
                .put("own", own.toJson())
                .put("pace", pace);
    }
}
