package rocketrides.config;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/**
 * Parses paths, and refuses those that this JVM cannot represent. In a locale without UTF-8, the JVM replaces
 * characters of the working directory or an argument by {@code ?}, and would use a directory of another name.
 */
public final class ExactPath {
    static final String REMEDY = "set LC_ALL=C.UTF-8";

    private static final String CHARACTER_SET = System.getProperty("sun.jnu.encoding", "UTF-8");

    private ExactPath() {}

    /** Throws {@link IllegalArgumentException} with a message that says what to do. */
    public static Path of(String text) {
        Path path;
        try {
            path = Path.of(text);
        } catch (InvalidPathException e) {
            throw isUnicode() ? new IllegalArgumentException(e.getReason()) : lossy(text);
        }
        String whole = path.toAbsolutePath().toString();
        if (!isUnicode() && whole.chars().anyMatch(c -> c == '?' || c == '\uFFFD')) {
            throw lossy(whole);
        }
        return path;
    }

    private static boolean isUnicode() {
        return CHARACTER_SET.startsWith("UTF-");
    }

    private static IllegalArgumentException lossy(String path) {
        return new IllegalArgumentException("the path " + WrittenValue.printable(path)
                + " has characters that are not in the character set of the locale, " + CHARACTER_SET + ": " + REMEDY);
    }
}
