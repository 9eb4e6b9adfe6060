package rocketrides.simulator;

import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import rocketrides.runtime.Words;

/**
 * Logs responses: each one while there are at most {@value #FEW} a second, otherwise one summary a second.
 * {@link #tick()} must be called once a second. Use it on one context only.
 */
final class Responses {
    private static final Logger LOG = LoggerFactory.getLogger("simulator");
    private static final int FEW = 10;

    private final Map<Integer, Integer> unsaid = new TreeMap<>();
    private int thisSecond;
    private boolean few = true;

    void add(int status, String body) {
        if (++thisSecond > FEW) {
            few = false;
        }
        if (few) {
            LOG.info("{} {}", status, textOf(body));
        } else {
            unsaid.merge(status, 1, Integer::sum);
        }
    }

    void tick() {
        if (!unsaid.isEmpty()) {
            LOG.info(
                    "{} in the last second: {}",
                    Words.count(
                            unsaid.values().stream().mapToInt(Integer::intValue).sum(), "response"),
                    unsaid.entrySet().stream()
                            .map(entry -> Words.number(entry.getValue()) + " × " + entry.getKey())
                            .collect(Collectors.joining(", ")));
            unsaid.clear();
        }
        few = thisSecond <= FEW;
        thisSecond = 0;
    }

    private static String textOf(String body) {
        try {
            var json = new JsonObject(body);
            return json.getString("message", json.getString("error", body));
        } catch (DecodeException | ClassCastException e) {
            return body;
        }
    }
}
