package rocketrides.http;

/**
 * A request is refused, with this HTTP status. The message goes to the client. It has no stack trace, so it is cheap.
 */
public final class Refusal extends RuntimeException {
    private static final long serialVersionUID = 1;
    private static final int MAX_SHOWN = 40;
    private final int status;

    public Refusal(int status, String message) {
        super(message, null, false, false);
        this.status = status;
    }

    public int status() {
        return status;
    }

    /** What a client sent, cut to {@value #MAX_SHOWN} characters so that an error can quote it. */
    public static String shown(String given) {
        return given.length() <= MAX_SHOWN ? given : given.substring(0, MAX_SHOWN) + "…";
    }
}
