package rocketrides.rides;

import io.vertx.core.MultiMap;
import java.util.List;
import java.util.Set;
import rocketrides.http.Refusal;
import rocketrides.runtime.Numbers;

/** A page of rides: at most {@code limit} of those with ids above {@code after}. */
record RidePage(long after, int limit) {
    static final int MAX_LIMIT = 1_000;
    private static final int DEFAULT_LIMIT = 100;
    private static final Set<String> KNOWN = Set.of("after", "limit");

    static RidePage of(MultiMap query) {
        for (var name : query.names()) {
            if (!KNOWN.contains(name)) {
                throw new Refusal(
                        400, "Unknown parameter '" + Refusal.shown(name) + "'. Allowed: 'after' and 'limit'.");
            }
        }
        return new RidePage(number("after", query.getAll("after"), 0, 0, Long.MAX_VALUE), (int)
                number("limit", query.getAll("limit"), DEFAULT_LIMIT, 1, MAX_LIMIT));
    }

    private static long number(String name, List<String> given, long otherwise, long min, long max) {
        if (given.isEmpty()) {
            return otherwise;
        }
        if (given.size() > 1) {
            throw new Refusal(400, "Parameter '" + name + "' is given more than once.");
        }
        return Numbers.whole(given.get(0)).stream()
                .filter(number -> number >= min && number <= max)
                .findFirst()
                .orElseThrow(() -> new Refusal(
                        400, "Parameter '" + name + "' must be a whole number from " + min + " to " + max + "."));
    }
}
