package rocketrides.http;

/** A request that is refused: what the client reads, and the HTTP status. Cheap: it carries no stack trace. */
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

    /** What a client sent, short enough to be sent back. */
    public static String shown(String given) {
        return given.length() <= MAX_SHOWN ? given : given.substring(0, MAX_SHOWN) + "…";
    }
}
