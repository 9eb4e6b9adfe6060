package rocketrides.chaos;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import rocketrides.chaos.Findings.Invariant;

/**
 * The log as the harness has seen it, stored outside of Postgres. It must not change, and every total must be a sum of
 * its records. A record's number is its distance in millimetres, which is its request's number.
 */
final class ObservedLog {
    private static final java.util.regex.Pattern DATA =
            java.util.regex.Pattern.compile(".*\"id\": ?(\\d+).*", java.util.regex.Pattern.DOTALL);
    private static final java.util.regex.Pattern DISTANCE =
            java.util.regex.Pattern.compile(".*\"distance\": ?([0-9.]+).*", java.util.regex.Pattern.DOTALL);

    /** @param ride the ID in its data */
    record Remembered(String tag, long number, long ride, int dataHash) {}

    private final Findings findings;
    private final List<Remembered> records = new ArrayList<>();
    private final List<Long> totals = new ArrayList<>(List.of(0L));
    private final Map<Long, String> tags = new ConcurrentHashMap<>();

    ObservedLog(Findings findings) {
        this.findings = findings;
    }

    /** Adds the next segment, or compares one that is known. */
    synchronized void segment(long first, long last, String tag, String lines) {
        var known = tags.putIfAbsent(first, tag);
        if (known != null) {
            findings.check(
                    Invariant.OFFSETS_DENSE, known.equals(tag), "the segment at %d was %s, is %s", first, known, tag);
            return;
        }
        findings.check(Invariant.OFFSETS_DENSE, first == head() + 1, "a segment begins at %d after %d", first, head());
        var all = lines.split("\n", -1);
        findings.check(Invariant.OFFSETS_DENSE, all.length == last - first + 1, "%d-%d: %d", first, last, all.length);
        for (var line : all) {
            var data = line.split("\t", 3)[2];
            long number = number(data);
            records.add(new Remembered(tag, number, Long.parseLong(group(DATA, data)), data.hashCode()));
            totals.add(totals.get(totals.size() - 1) + number);
        }
    }

    private static long number(String data) {
        return new java.math.BigDecimal(group(DISTANCE, data)).movePointRight(3).longValueExact();
    }

    private static String group(java.util.regex.Pattern pattern, String data) {
        var match = pattern.matcher(data);
        if (!match.matches()) {
            throw new IllegalArgumentException("not a ride: " + data);
        }
        return match.group(1);
    }

    synchronized long head() {
        return records.size();
    }

    synchronized Remembered record(long offset) {
        return records.get((int) offset - 1);
    }

    /** The sum of the first records, in millimetres. */
    synchronized long total(long offset) {
        return totals.get((int) offset);
    }

    synchronized List<Remembered> all() {
        return List.copyOf(records);
    }
}
