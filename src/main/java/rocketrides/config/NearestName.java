package rocketrides.config;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.stream.IntStream;

/** Finds the known name that an unknown one most likely stands for. */
final class NearestName {
    private static final int LONGEST = 100;

    private NearestName() {}

    /**
     * The known name with the smallest distance from {@code written}. Case, {@code -} and {@code _} are ignored. The
     * distance is two for each edit, with two exceptions. An abbreviation counts one for each letter that it leaves
     * out. A known key in the wrong section counts at most one for each letter of the right section.
     */
    static String of(String written, Collection<String> known) {
        String plain = plain(written);
        return known.stream()
                .min(Comparator.comparingInt((String name) -> distance(plain, plain(name))))
                .orElseThrow();
    }

    private static int distance(String written, String known) {
        if (known.startsWith(written)) {
            return known.length() - written.length();
        }
        int edits = 2 * edits(written, known);
        int section = known.length() - key(known).length();
        return key(written).equals(key(known)) ? Math.min(edits, section) : edits;
    }

    private static String key(String name) {
        return name.substring(name.indexOf('.') + 1);
    }

    private static String plain(String name) {
        String start = name.substring(0, Math.min(name.length(), LONGEST));
        return start.toLowerCase(Locale.ROOT).replace("-", "").replace("_", "");
    }

    /** The number of insertions, deletions and replacements that turn {@code a} into {@code b}. */
    static int edits(String a, String b) {
        int[] row = IntStream.rangeClosed(0, b.length()).toArray();
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int replaced = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(replaced, 1 + Math.min(diagonal, row[j - 1]));
            }
        }
        return row[b.length()];
    }
}
