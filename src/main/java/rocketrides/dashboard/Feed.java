package rocketrides.dashboard;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.LongSupplier;

/** The latest failures, healings and orders. What the same role does again within seconds becomes one entry. */
final class Feed {
    private static final int KEPT = 40;
    private static final int AUDITS_KEPT = 10;

    /** In whose name the auditor's findings are added. */
    static final String AUDIT = "audit";

    private static final long SAME_MILLIS = 2_000;

    enum Kind {
        FAILURE,
        HEALED,
        ORDER,
        ALARM;

        @Override
        public String toString() {
            return name().toLowerCase(java.util.Locale.ROOT);
        }
    }

    private final LongSupplier clock;
    private final Deque<Item> items = new ArrayDeque<>();

    Feed(LongSupplier clock) {
        this.clock = clock;
    }

    /** {@code records}: how many it is about; 0 if that makes no sense. */
    void add(Kind kind, String role, String text, long records) {
        var now = clock.getAsLong();
        var same = items.stream()
                .filter(item -> item.kind == kind && item.role.equals(role) && item.text.equals(text))
                .filter(item -> now - item.first < SAME_MILLIS)
                .findFirst();
        if (same.isPresent()) {
            same.get().times++;
            same.get().records += records;
            return;
        }
        items.addFirst(new Item(now, kind, role, text, records));
        if (items.size() > KEPT) {
            items.remove(leastMissed());
        }
    }

    /** The oldest one, but what is rare outlives the failures that come by the second. */
    private Item leastMissed() {
        boolean keepAudits = items.stream().filter(Item::isAudit).count() <= AUDITS_KEPT;
        for (var oldest = items.descendingIterator(); oldest.hasNext(); ) {
            var item = oldest.next();
            if (!keepAudits || !item.isAudit()) {
                return item;
            }
        }
        return items.getLast();
    }

    JsonArray toJson() {
        return new JsonArray(items.stream().map(Item::toJson).toList());
    }

    private static final class Item {
        private final long first;
        private final Kind kind;
        private final String role;
        private final String text;
        private long records;
        private int times = 1;

        Item(long first, Kind kind, String role, String text, long records) {
            this.first = first;
            this.kind = kind;
            this.role = role;
            this.text = text;
            this.records = records;
        }

        boolean isAudit() {
            return role.equals(AUDIT);
        }

        JsonObject toJson() {
            return new JsonObject()
                    .put("at", first)
                    .put("kind", kind.toString())
                    .put("role", role)
                    .put("text", text)
                    .put("records", records)
                    .put("times", times);
        }
    }
}
