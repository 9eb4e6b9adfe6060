package rocketrides.config;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;

/** Which known name somebody most likely meant. */
final class NearestName {
    private static final int LONGEST = 100;

    private NearestName() {}

    /**
     * The known name with the fewest edits from {@code written}; case, {@code -} and {@code _} do not count, so that
     * {@code batchSize} is {@code batch-size}. A right key in a wrong section is as near as half its section's letters,
     * and an abbreviation as half the letters that it leaves out.
     */
    static String of(String written, Collection<String> known) {
        String plain = plain(written);
        return known.stream()
                .min(Comparator.comparingInt((String name) -> distance(plain, plain(name))))
                .orElseThrow();
    }

    private static int distance(String written, String known) {
        int whole = 2 * edits(written, known);
        if (known.startsWith(written)) {
            return known.length() - written.length();
        }
        boolean sameKey = key(written).equals(key(known));
        return sameKey ? Math.min(whole, known.length() - key(known).length()) : whole;
    }

    private static String key(String name) {
        return name.substring(name.indexOf('.') + 1);
    }

    private static String plain(String name) {
        String start = name.substring(0, Math.min(name.length(), LONGEST));
        return start.toLowerCase(Locale.ROOT).replace("-", "").replace("_", "");
    }

    /** Insertions, deletions, replacements and swaps of neighbours that turn {@code a} into {@code b}. */
    static int edits(String a, String b) {
        var d = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            for (int j = 0; j <= b.length(); j++) {
                if (i == 0 || j == 0) {
                    d[i][j] = i + j;
                    continue;
                }
                int replaced = d[i - 1][j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                d[i][j] = Math.min(replaced, 1 + Math.min(d[i - 1][j], d[i][j - 1]));
                boolean swapped =
                        i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1);
                if (swapped) {
                    d[i][j] = Math.min(d[i][j], d[i - 2][j - 2] + 1);
                }
            }
        }
        return d[a.length()][b.length()];
    }
}
