package rocketrides.chaos;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** How often each invariant was checked and violated, and the first violations in detail. */
final class Findings {
    private static final int KEPT = 5;

    /** What must hold, whatever breaks. */
    enum Invariant {
        ACKNOWLEDGED_COUNTED_ONCE("every acknowledged ride is counted exactly once; the others at most once"),
        TOTALS_EXACT("each consumer's total and count are those of the rides table"),
        ONLY_COMMITTED("no entry of the stream lacks a committed record and ride; a copy is identical"),
        ORDER_BY_KEY("records with the same key are in the log in the order of their commits"),
        IN_ORDER("first occurrences in the stream are in order; without gaps unless Redis forgot or refused"),
        CHECKPOINTS_RISE("checkpoints never go back"),
        ON_THE_CURVE("each sampled (offset, count, total) lies on the one prefix-sum curve of the log"),
        OFFSETS_DENSE("offsets are dense, never used twice, never changed"),
        LEVEL("everything is published and counted within 30 s of the last fault"),
        NO_DUPLICATE_ENTRY("idempotent delivery: Redis holds no record twice"),
        LOUD_STOP("a process ends only where it must, and says why"),
        HONEST_API("the api answers as documented"),
        AUDIT_GREEN("the audit is never red"),
        TAKEN_OVER("what a lost host did is done elsewhere in time"),
        NOT_TWICE("at rest, each role is done by one process");

        final String text;

        Invariant(String text) {
            this.text = text;
        }
    }

    private final Map<Invariant, Long> checks = new EnumMap<>(Invariant.class);
    private final Map<Invariant, Long> broken = new EnumMap<>(Invariant.class);
    private final List<String> details = new ArrayList<>();

    synchronized void checked(Invariant invariant, long times) {
        checks.merge(invariant, times, Long::sum);
    }

    /** Counts a check, and records the violation if the invariant does not hold. */
    synchronized void check(Invariant invariant, boolean holds, String format, Object... values) {
        checked(invariant, 1);
        if (!holds) {
            if (broken.merge(invariant, 1L, Long::sum) <= KEPT) {
                details.add(invariant + ": " + String.format(Locale.ROOT, format, values));
                System.out.println("VIOLATION " + details.get(details.size() - 1));
            }
        }
    }

    synchronized long checks(Invariant invariant) {
        return checks.getOrDefault(invariant, 0L);
    }

    synchronized long broken(Invariant invariant) {
        return broken.getOrDefault(invariant, 0L);
    }

    /** Empty if every invariant has held. */
    synchronized Map<Invariant, Long> brokenOnes() {
        return new EnumMap<>(broken);
    }

    synchronized List<String> details() {
        return List.copyOf(details);
    }
}
