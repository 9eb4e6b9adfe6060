package rocketrides.chaos;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import rocketrides.chaos.Findings.Invariant;
import rocketrides.testing.RedisConnection;

/** Reads the stream of a partition without the proxies, and compares every entry with the committed records. */
final class StreamWatcher extends Watcher {
    private final Source redis;
    private final String stream;
    private final ObservedLog history;
    private final Findings findings;
    private final boolean idempotent;
    private final Deque<Map<String, String>> unjudged = new ArrayDeque<>();
    private volatile long forgetsUntil = System.nanoTime();
    private RedisConnection connection;
    private String after = "0-0";
    private long highest = -1;

    StreamWatcher(Source redis, String stream, ObservedLog history, Findings findings, boolean idempotent) {
        super("watcher of " + stream, 10);
        this.redis = redis;
        this.stream = stream;
        this.history = history;
        this.findings = findings;
        this.idempotent = idempotent;
    }

    /** The server with the stream, for each new connection. */
    interface Source {
        RedisConnection connect() throws IOException;
    }

    /** For {@code millis}, Redis may lose or refuse entries, so gaps prove nothing. */
    void expectGap(long millis) {
        forgetsUntil = Math.max(forgetsUntil, System.nanoTime() + (millis + 10_000) * 1_000_000);
    }

    @Override
    void look() throws IOException {
        if (connection == null) {
            connection = redis.connect();
        }
        var reply = connection.send("XREAD", "COUNT", "1000", "STREAMS", stream, after);
        if (reply == null) {
            startOverIfEmptied();
        } else {
            var entries = (List<?>) ((List<?>) ((List<?>) reply).get(0)).get(1);
            for (var entry : entries) {
                take((List<?>) entry);
            }
        }
        judge();
    }

    private void startOverIfEmptied() throws IOException {
        var last = (List<?>) connection.send("XREVRANGE", stream, "+", "-", "COUNT", "1");
        if (last.isEmpty() || compare((String) ((List<?>) last.get(0)).get(0), after) < 0) {
            after = "0-0";
            highest = -1;
        }
    }

    private static int compare(String a, String b) {
        var left = a.split("-");
        var right = b.split("-");
        int first = Long.compareUnsigned(Long.parseUnsignedLong(left[0]), Long.parseUnsignedLong(right[0]));
        return first != 0
                ? first
                : Long.compareUnsigned(Long.parseUnsignedLong(left[1]), Long.parseUnsignedLong(right[1]));
    }

    private void take(List<?> entry) {
        after = (String) entry.get(0);
        var fields = new HashMap<String, String>(Map.of("", after));
        var words = (List<?>) entry.get(1);
        for (int i = 0; i + 1 < words.size(); i += 2) {
            fields.put((String) words.get(i), (String) words.get(i + 1));
        }
        if (fields.containsKey("offset")) {
            order(Long.parseLong(fields.get("offset")));
            unjudged.add(fields);
        }
    }

    private void order(long offset) {
        if (offset > highest) {
            findings.check(
                    Invariant.IN_ORDER,
                    highest == -1 || offset == highest + 1 || System.nanoTime() < forgetsUntil,
                    "%d follows %d in the stream",
                    offset,
                    highest);
            highest = offset;
        }
    }

    /** An entry was committed before it was published, so the history must contain it soon. */
    private void judge() {
        while (!unjudged.isEmpty()) {
            var fields = unjudged.peek();
            long offset = Long.parseLong(fields.get("offset"));
            if (offset > history.head()) {
                return;
            }
            var known = history.record(offset);
            unjudged.poll();
            findings.check(
                    Invariant.ONLY_COMMITTED,
                    known.tag().equals(fields.get("tag"))
                            && known.dataHash() == fields.get("data").hashCode(),
                    "%s, but committed is %s",
                    fields,
                    known);
            if (idempotent) {
                findings.check(
                        Invariant.NO_DUPLICATE_ENTRY, fields.get("").equals(offset + "-0"), "%s", fields.get(""));
            }
        }
    }

    /** When all consumers have caught up, no uncommitted entry may be left. */
    void finish() {
        findings.check(Invariant.ONLY_COMMITTED, unjudged.isEmpty(), "%d entries above the log", unjudged.size());
    }

    @Override
    void disconnect() {
        try {
            if (connection != null) {
                connection.close();
            }
        } catch (IOException e) {
            connection = null;
        }
        connection = null;
    }
}
