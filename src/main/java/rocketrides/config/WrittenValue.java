package rocketrides.config;

import java.util.Locale;
import java.util.Optional;

/**
 * A value as somebody wrote it.
 *
 * @param name {@code section.key}, or the name of an environment variable
 * @param text empty when the file has a list or a mapping where a single value belongs
 * @param origin where it was written, to be read after the value: {@code in demo.yaml, line 3}
 */
record WrittenValue(String name, Optional<String> text, String origin) {
    private static final int SHOWN = 200;

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

    /** The text, with nothing in it that could break a line or write to a terminal. */
    static String printable(String text) {
        var line = new StringBuilder();
        text.codePoints().limit(SHOWN).forEach(c -> {
            boolean visible =
                    switch (Character.getType(c)) {
                        case Character.CONTROL,
                                Character.FORMAT,
                                Character.LINE_SEPARATOR,
                                Character.PARAGRAPH_SEPARATOR,
                                Character.SURROGATE -> false;
                        default -> true;
                    };
            line.append(visible ? Character.toString(c) : String.format(Locale.ROOT, "\\u%04x", c));
        });
        return text.codePointCount(0, text.length()) > SHOWN ? line + "…" : line.toString();
    }
}
