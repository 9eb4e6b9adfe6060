package rocketrides.config;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Masks passwords, so that text can be printed. It must also work on invalid URIs, because those are quoted in errors.
 * When in doubt, it masks more than necessary.
 */
public final class Secrets {
    private static final String HIDDEN = "***";

    private static final String SECRET_NAME =
            "[^\\s=&?;]*(?:pass|pwd|secret|token|auth|credential|private|key|%)[^\\s=&?;]*";
    private static final Pattern PARAMETER =
            Pattern.compile("((?:^|[?&;\\s])" + SECRET_NAME + "\\s*=)[^&]*", Pattern.CASE_INSENSITIVE);
    private static final Pattern NAME =
            Pattern.compile(".*(?:pass|pwd|secret|token|credential).*", Pattern.CASE_INSENSITIVE | Pattern.DOTALL);
    private static final Pattern SCHEME = Pattern.compile("^[a-zA-Z][a-zA-Z0-9+.-]*://");

    /** {@code scheme://user:password} without a host: the text in the place of the port is not a number. */
    private static final Pattern NO_PORT =
            Pattern.compile("^(?:[a-zA-Z][a-zA-Z0-9+.-]*://)?([^:/\\[@]*:)(?!\\d{1,5}(?:[/?#]|$)|//)([^/?#]+)");

    /** Several hosts, each with a port, and no user. */
    private static final Pattern HOSTS = Pattern.compile(
            "^rediss?-(?:sentinel|cluster)://[a-zA-Z0-9._-]+:\\d{1,5}(?:,[a-zA-Z0-9._-]+:\\d{1,5})+(?:[/?#].*)?$");

    private Secrets() {}

    /** Replaces each password in the URI by {@code ***}. Returns other text unchanged. */
    public static String mask(String uri) {
        return PARAMETER.matcher(maskUserInfo(uri)).replaceAll("$1" + Matcher.quoteReplacement(HIDDEN));
    }

    /** Like {@link #mask(String)}, but masks the whole value if its name says that it is a secret. */
    static String mask(String name, String value) {
        return NAME.matcher(name).matches() ? HIDDEN : mask(value);
    }

    private static String maskUserInfo(String uri) {
        Matcher scheme = SCHEME.matcher(uri);
        int start = scheme.find() ? scheme.end() : 0;
        // the last '@', because the password may contain an unencoded '@', '/' or '#'
        int at = uri.lastIndexOf('@');
        if (at >= start) {
            int colon = uri.indexOf(':', start);
            if (colon >= 0 && colon < at) {
                return uri.substring(0, colon + 1) + HIDDEN + uri.substring(at);
            }
            // a single word before the '@' is the user for Postgres, but often a password or token elsewhere
            boolean user = start == 0 || uri.regionMatches(true, 0, "postgres", 0, "postgres".length());
            return user ? uri : uri.substring(0, start) + HIDDEN + uri.substring(at);
        }
        Matcher noPort = NO_PORT.matcher(uri);
        return start > 0 && !HOSTS.matcher(uri).matches() && noPort.find()
                ? uri.substring(0, noPort.end(1)) + HIDDEN + uri.substring(noPort.end(2))
                : uri;
    }
}
