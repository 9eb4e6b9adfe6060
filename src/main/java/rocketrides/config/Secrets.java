package rocketrides.config;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Makes text fit to be printed: whatever may be a password becomes {@code ***}. It has to work on URIs that are wrong,
 * since those are the ones that end up in an error, so in doubt it hides too much rather than too little.
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

    /** {@code scheme://user:password} where the host was forgotten: what should be a port is no number. */
    private static final Pattern NO_PORT =
            Pattern.compile("^(?:[a-zA-Z][a-zA-Z0-9+.-]*://)?([^:/\\[@]*:)(?!\\d{1,5}(?:[/?#]|$)|//)([^/?#]+)");

    /** Several hosts, each with its port, and no user. */
    private static final Pattern HOSTS = Pattern.compile(
            "^rediss?-(?:sentinel|cluster)://[a-zA-Z0-9._-]+:\\d{1,5}(?:,[a-zA-Z0-9._-]+:\\d{1,5})+(?:[/?#].*)?$");

    private Secrets() {}

    /** The URI with its password, wherever it stands, replaced by {@code ***}; other text comes back as it is. */
    public static String mask(String uri) {
        return PARAMETER.matcher(maskUserInfo(uri)).replaceAll("$1" + Matcher.quoteReplacement(HIDDEN));
    }

    /** As {@link #mask(String)}, but hides the whole value when its name says that it is a secret. */
    static String mask(String name, String value) {
        return NAME.matcher(name).matches() ? HIDDEN : mask(value);
    }

    private static String maskUserInfo(String uri) {
        Matcher scheme = SCHEME.matcher(uri);
        int start = scheme.find() ? scheme.end() : 0;
        // the last one, since an '@', '/' or '#' of the password may have been left unencoded
        int at = uri.lastIndexOf('@');
        if (at >= start) {
            int colon = uri.indexOf(':', start);
            if (colon >= 0 && colon < at) {
                return uri.substring(0, colon + 1) + HIDDEN + uri.substring(at);
            }
            // a lone word before the '@' is a user's name for Postgres, but often a password or token elsewhere
            boolean user = start == 0 || uri.regionMatches(true, 0, "postgres", 0, "postgres".length());
            return user ? uri : uri.substring(0, start) + HIDDEN + uri.substring(at);
        }
        Matcher noPort = NO_PORT.matcher(uri);
        return start > 0 && !HOSTS.matcher(uri).matches() && noPort.find()
                ? uri.substring(0, noPort.end(1)) + HIDDEN + uri.substring(noPort.end(2))
                : uri;
    }
}
