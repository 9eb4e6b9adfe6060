package rocketrides.dashboard;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** The latest failures, recoveries and orders. Repetitions of an event by the same role are one entry. */
final class Feed {
    private static final int KEPT = 40;

    /** An event that repeats within this time is added to its entry, until the entry covers {@link #LONGEST_MILLIS}. */
    private static final long PAUSE_MILLIS = 5_000;

    private static final long LONGEST_MILLIS = 30_000;

    /** By the time of each entry's first event, latest first. */
    private final List<JsonObject> items = new ArrayList<>();

    enum Kind {
        FAILURE,
        HEALED,
        ORDER,
        ALARM
    }

    /** {@code records}: the number of records concerned; 0 if it has no meaning. {@code at}: ms since the epoch. */
    void add(Kind kind, String role, String text, long records, long at) {
        var said = new JsonObject()
                .put("kind", kind.name().toLowerCase(Locale.ROOT))
                .put("role", role)
                .put("text", text);
        for (var item : items) {
            if (at - item.getLong("until") < PAUSE_MILLIS
                    && at - item.getLong("at") < LONGEST_MILLIS
                    && said.stream().allMatch(part -> part.getValue().equals(item.getValue(part.getKey())))) {
                item.put("times", item.getInteger("times") + 1)
                        .put("records", item.getLong("records") + records)
                        .put("until", at);
                return;
            }
        }
        items.add(0, said.put("at", at).put("until", at).put("records", records).put("times", 1));
        items.sort(Comparator.comparing((JsonObject item) -> item.getLong("at")).reversed());
        if (items.size() > KEPT) {
            forgetOne();
        }
    }

    /** Removes the oldest entry of the most frequent kind, because rare entries should outlive those of every second. */
    private void forgetOne() {
        var counts = items.stream().collect(Collectors.groupingBy(Feed::kind, Collectors.counting()));
        var most = counts.entrySet().stream()
                .max(Map.Entry.comparingByValue())
                .orElseThrow()
                .getKey();
        var ofKind = items.stream().filter(item -> kind(item).equals(most)).toList();
        items.remove(ofKind.get(ofKind.size() - 1));
    }

    private static String kind(JsonObject item) {
        return item.getString("kind");
    }

    JsonArray toJson() {
        return new JsonArray(List.copyOf(items));
    }
}
