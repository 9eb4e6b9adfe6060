package rocketrides.console;

import rocketrides.runtime.Terminal;

/** The pattern of a log line: with colours on a terminal, without them in files and pipes. */
final class LinePattern {
    /**
     * The key-value pairs of a line, for example {@code request=4f1c…}. Prints nothing, not even a space, if there are
     * none.
     */
    private static final String KEYS = "%replace( %kvp{NONE}){'^ $', ''}";

    private static final String PLAIN = "%d{HH:mm:ss.SSS} %-5level %-10logger{0} %msg" + KEYS + "%n%ex{8}";
    private static final String COLOURED =
            "%gray(%d{HH:mm:ss.SSS}) %highlight(%-5level) %cyan(%-10logger{0}) %msg" + KEYS + "%n%ex{8}";

    private LinePattern() {}

    static String pattern() {
        return coloured(System.getenv("NO_COLOR"), System.getenv("TERM"), Terminal.attached()) ? COLOURED : PLAIN;
    }

    /** See no-color.org: any non-empty value of NO_COLOR turns colours off. */
    static boolean coloured(String noColor, String term, boolean atTerminal) {
        return atTerminal && (noColor == null || noColor.isEmpty()) && !"dumb".equals(term);
    }
}
