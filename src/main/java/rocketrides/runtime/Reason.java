package rocketrides.runtime;

import java.net.UnknownHostException;
import java.util.regex.Pattern;

/** Why a server cannot be used, in plain words. The texts of network clients name functions, errors and states. */
public final class Reason {
    private static final String LATE = "no answer in time";
    private static final Pattern TIMED_OUT = Pattern.compile("Timeout( .* fired\\.?)?|(?s).*connection timed out.*");
    private static final Pattern REFUSED = Pattern.compile("(?s).*Connection refused: [^/]*/(\\S+)");
    private static final Pattern UNRESOLVED = Pattern.compile("(?s)Failed to resolve '([^']+)'.*");

    /** The server closed the connection, or the network cut it. */
    private static final Pattern LOST = Pattern.compile(
            "(?s).*CONNECTION_CLOSED.*|Failed to read any response.*|Connection is not active now.*|(?s).*Connection reset.*");

    private Reason() {}

    public static String of(Throwable failure) {
        var text = failure.getMessage() == null ? failure.toString() : failure.getMessage();
        var refused = REFUSED.matcher(text);
        if (refused.matches()) {
            return "connection refused by " + refused.group(1);
        }
        var unresolved = UNRESOLVED.matcher(text);
        if (failure instanceof UnknownHostException) {
            return "unknown host " + (unresolved.matches() ? unresolved.group(1) : text);
        }
        if (isLate(failure)) {
            return LATE;
        }
        return LOST.matcher(text).matches() ? "the connection was lost" : text;
    }

    /** Whether the server has not answered in time, and may only be slow. */
    public static boolean isLate(Throwable failure) {
        return TIMED_OUT.matcher(String.valueOf(failure.getMessage())).matches();
    }
}
