package rocketrides.runtime;

import java.util.OptionalLong;
import java.util.regex.Pattern;

/**
 * Reads the numbers that reach the program as text, from requests, settings, options and servers. The JDK's own parsers
 * also take a leading plus and the digits of any script, so the build refuses them elsewhere.
 */
public final class Numbers {
    private static final Pattern WHOLE = Pattern.compile("-?[0-9]{1,19}");

    private Numbers() {}

    /** ASCII digits, perhaps after a minus; empty for anything else, and for what does not fit into 64 bits. */
    public static OptionalLong whole(String text) {
        if (!WHOLE.matcher(text).matches()) {
            return OptionalLong.empty();
        }
        try {
            return OptionalLong.of(Long.parseLong(text));
        } catch (NumberFormatException e) {
            return OptionalLong.empty(); // nineteen digits, but past 64 bits
        }
    }
}
