package rocketrides.config;

import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A value as somebody wrote it.
 *
 * @param name {@code section.key}, or the name of an environment variable
 * @param text empty when the file has a list or a mapping where a single value belongs
 * @param origin where it was written, to be read after the value: {@code in demo.yaml, line 3}
 */
record WrittenValue(String name, Optional<String> text, String origin) {
    private static final int SHOWN = 200;
    /** Controls, formats, surrogates, ends of lines and paragraphs. */
    private static final Pattern INVISIBLE = Pattern.compile("[\\p{Cc}\\p{Cf}\\p{Cs}\\p{Zl}\\p{Zp}]");

    /** Name, value and origin on one line, without passwords. */
    @Override
    public String toString() {
        return shown(name) + " = "
                + text.map(t -> "'" + printable(Secrets.mask(name, t)) + "'").orElse("(not a single value)") + " "
                + origin;
    }

    /** A name as an error prints it: a URI may have ended up where a key belongs. */
    static String shown(String name) {
        return printable(Secrets.mask(name));
    }

    /** The beginning of the text, with nothing in it that could break a line or write to a terminal. */
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
