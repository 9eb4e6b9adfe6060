package rocketrides.runtime;

import java.time.Duration;
import java.util.Locale;

/** Formats numbers for people. */
public final class Words {
    private static final long SECONDS_UP_TO = 120;
    private static final long MINUTES_UP_TO = 120;

    private Words() {}

    /** {@code 1 record}, {@code 2,000 records}. */
    public static String count(long number, String noun) {
        return number(number) + " " + noun + (number == 1 ? "" : "s");
    }

    /** {@code 2,000}. */
    public static String number(long number) {
        return String.format(Locale.ROOT, "%,d", number);
    }

    /** {@code 12 s}, {@code 5 min}, {@code 3 h}; rounded down. */
    public static String span(Duration span) {
        if (span.toSeconds() < SECONDS_UP_TO) {
            return span.toSeconds() + " s";
        }
        return span.toMinutes() < MINUTES_UP_TO ? span.toMinutes() + " min" : span.toHours() + " h";
    }
}
