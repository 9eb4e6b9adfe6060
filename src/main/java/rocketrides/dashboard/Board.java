package rocketrides.dashboard;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.atomic.AtomicInteger;
import rocketrides.Events;
import rocketrides.Faults;
import rocketrides.config.Settings;

/**
 * What all API instances and the verticle share about the page: who watches, and what has been ordered. Safe for use
 * from any context.
 */
public final class Board {
    private static final int MAX_BROWSERS = 64;

    private final boolean controls;
    private final Map<Faults.Point, Double> failureRates;
    private final AtomicInteger browsers = new AtomicInteger();
    private final Set<String> paused = new ConcurrentSkipListSet<>();
    private volatile boolean closed;
    private volatile Double pace;

    /** {@code failureRates}: those that the roles of this process look up; the page may change them. */
    public Board(Settings.Dashboard settings, Settings.Api api, Map<Faults.Point, Double> failureRates) {
        this.controls = settings.controls() && isLoopback(api.host());
        this.failureRates = failureRates;
    }

    private static boolean isLoopback(String host) {
        return host.equals("localhost") || host.matches("127(\\.\\d+){3}") || host.matches("(0*:)+0*1");
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

    void paused(Events.Pause order) {
        if (order.paused()) {
            paused.add(order.role());
        } else {
            paused.remove(order.role());
        }
    }

    void paced(Events.Pace order) {
        pace = order.ridesPerSecond();
    }

    JsonObject describe(JsonObject json) {
        var rates = new JsonObject();
        Arrays.stream(Faults.Point.values())
                .forEach(point -> rates.put(point.toString(), failureRates.getOrDefault(point, 0.0)));
        return json.put("controls", controls)
                .put("failures", rates)
                .put("paused", new JsonArray(List.copyOf(paused)))
                .put("pace", pace);
    }
}
