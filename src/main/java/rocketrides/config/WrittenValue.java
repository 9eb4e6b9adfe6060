package rocketrides.config;

import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A value before it is parsed.
 *
 * @param name {@code section.key}, or the name of an environment variable
 * @param text empty if the file has a list or mapping where a single value belongs
 * @param origin where the value comes from, as it follows the value in an error: {@code in demo.yaml, line 3}
 */
record WrittenValue(String name, Optional<String> text, String origin) {
    private static final int SHOWN = 200;
    /** Control and format characters, surrogates, line and paragraph separators. */
    private static final Pattern INVISIBLE = Pattern.compile("[\\p{Cc}\\p{Cf}\\p{Cs}\\p{Zl}\\p{Zp}]");

    /** Name, value and origin on one line, without passwords. */
    @Override
    public String toString() {
        return shown(name) + " = "
                + text.map(t -> "'" + printable(Secrets.mask(name, t)) + "'").orElse("(not a single value)") + " "
                + origin;
    }

    /** A name as errors print it. It may be a URI that was written in the place of a key, so passwords are masked. */
    static String shown(String name) {
        return printable(Secrets.mask(name));
    }

    /** The start of the text. Escapes characters that break lines or control a terminal. */
    static String printable(String text) {
        String start = text.codePointCount(0, text.length()) > SHOWN
                ? text.substring(0, text.offsetByCodePoints(0, SHOWN)) + "…"
                : text;
        return INVISIBLE
                .matcher(start)
                .replaceAll(
                        c -> String.format(Locale.ROOT, "\\\\u%04x", c.group().codePointAt(0)));
    }
}
