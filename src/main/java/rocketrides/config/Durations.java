package rocketrides.config;

import java.time.DateTimeException;
import java.time.Duration;
import java.util.Locale;
import java.util.regex.Pattern;
import rocketrides.runtime.Numbers;

/** Parses durations ({@code 500ms}, {@code 2s}, {@code 5m}, {@code 1h}, {@code 7d} or ISO-8601) and ranges of them. */
final class Durations {
    static final String FORMS = " (500ms, 2s, 5m, 1h, 7d or PT2S)";

    private static final Pattern MILLIS = Pattern.compile("[0-9]{1,18}ms");
    private static final Pattern SHORT = Pattern.compile("[0-9]{1,18}[smhd]");
    /** Without signs and the decimal comma, which the JDK's parser also accepts. */
    private static final Pattern ISO = Pattern.compile("[pP][0-9dDtThHmMsS.]+");

    private Durations() {}

    /** Null if the text is not a duration. */
    static Duration parse(String text) {
        if (MILLIS.matcher(text).matches()) {
            return Duration.ofMillis(
                    Numbers.whole(text.substring(0, text.length() - 2)).orElseThrow());
        }
        String iso = SHORT.matcher(text).matches() ? (text.endsWith("d") ? "P" : "PT") + text : text;
        try {
            return ISO.matcher(iso).matches() ? Duration.parse(iso.toUpperCase(Locale.ROOT)) : null;
        } catch (DateTimeException e) {
            return null;
        }
    }

    /** Parses {@code 0s..2s}, or a single duration, which is both ends of its range. Null if the text is neither. */
    static Settings.DurationRange parseRange(String text) {
        int dots = text.indexOf("..");
        Duration min = parse(dots < 0 ? text : text.substring(0, dots));
        Duration max = parse(dots < 0 ? text : text.substring(dots + 2));
        return min == null || max == null || min.compareTo(max) > 0 ? null : new Settings.DurationRange(min, max);
    }
}
