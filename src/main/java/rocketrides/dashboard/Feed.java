package rocketrides.dashboard;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Locale;

/** The latest failures, recoveries and orders. The same event of the same role within two seconds becomes one entry. */
final class Feed {
    /** The role of entries about the audit. */
    static final String AUDIT = "audit";

    private static final int KEPT = 40;
    private static final int AUDITS_KEPT = 10;
    private static final long SAME_MILLIS = 2_000;

    private final Deque<JsonObject> items = new ArrayDeque<>();

    enum Kind {
        FAILURE,
        HEALED,
        ORDER,
        ALARM
    }

    /** {@code records}: the number of records concerned; 0 if it has no meaning. */
    void add(Kind kind, String role, String text, long records) {
        var now = System.currentTimeMillis();
        var said = new JsonObject()
                .put("kind", kind.name().toLowerCase(Locale.ROOT))
                .put("role", role)
                .put("text", text);
        for (var item : items) {
            if (now - item.getLong("at") < SAME_MILLIS
                    && said.stream().allMatch(part -> part.getValue().equals(item.getValue(part.getKey())))) {
                item.put("times", item.getInteger("times") + 1).put("records", item.getLong("records") + records);
                return;
            }
        }
        items.addFirst(said.put("at", now).put("records", records).put("times", 1));
        if (items.size() > KEPT) {
            items.remove(leastMissed());
        }
    }

    /**
     * The oldest entry. The latest audit entries are kept, because they are rare and injected failures may come every
     * second.
     */
    private JsonObject leastMissed() {
        boolean keepAudits = items.stream().filter(Feed::isAudit).count() <= AUDITS_KEPT;
        for (var oldest = items.descendingIterator(); oldest.hasNext(); ) {
            var item = oldest.next();
            if (!keepAudits || !isAudit(item)) {
                return item;
            }
        }
        return items.getLast();
    }

    private static boolean isAudit(JsonObject item) {
        return item.getString("role").equals(AUDIT);
    }

    JsonArray toJson() {
        return new JsonArray(List.copyOf(items));
    }
}
