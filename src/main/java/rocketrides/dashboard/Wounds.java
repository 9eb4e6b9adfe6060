package rocketrides.dashboard;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedList;
import java.util.List;
import java.util.Map;
import rocketrides.runtime.Events;
import rocketrides.status.Status;

/**
 * What people have broken with the controls. A wound is shown until it has healed and for some seconds afterwards. For each
 * kind of harm and each role there is at most one. All times are in ms since the epoch. Use it on one context only.
 */
final class Wounds {
    private static final double SHOWN_MILLIS = 12_000;

    private final Map<List<String>, Wound> wounds = new LinkedHashMap<>();

    void ordered(Ordered order, double at) {
        if (order.harm() == null) {
            return;
        }
        var key = List.of(order.harm().name(), String.valueOf(order.of()));
        var open = wounds.get(key);
        if (open != null && !open.healed()) {
            if (order.mends()) {
                open.end(at);
            } else {
                open.begin(order, at);
            }
        } else if (!order.mends()) {
            wounds.put(key, new Wound(order, at));
        }
    }

    void failed(Events.Failed failed, double at) {
        wounds.values().forEach(wound -> wound.failed(failed, at));
    }

    void consumed(Events.Consumed event) {
        wounds.values().forEach(wound -> wound.consumed(event));
    }

    /**
     * Updates the wounds after a reading of the state. Returns the healed wounds that are no longer shown from now on.
     *
     * @param faults the roles of this process that do not work, by name, each with one word for why
     * @param passes when the checkpoint of each consumer of this process reached an offset
     */
    Collection<Wound> read(Status now, Map<String, String> faults, Map<String, Latency> passes, double at) {
        wounds.values().forEach(wound -> wound.read(now, faults, passes, at));
        var over = wounds.values().stream()
                .filter(wound -> wound.healed() && at - wound.healedAt() > SHOWN_MILLIS)
                .toList();
        wounds.values().removeAll(over);
        return over;
    }

    /** Latest first. */
    JsonArray toJson() {
        var all = new LinkedList<JsonObject>();
        wounds.values().forEach(wound -> all.addFirst(wound.toJson()));
        return new JsonArray(all);
    }
}
