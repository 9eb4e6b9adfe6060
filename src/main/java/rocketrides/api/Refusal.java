package rocketrides.api;

/** A request that is refused: what the client reads, and the HTTP status. Cheap: it carries no stack trace. */
final class Refusal extends RuntimeException {
    private static final long serialVersionUID = 1;
    private static final int MAX_SHOWN = 40;
    private final int status;

    Refusal(int status, String message) {
        super(message, null, false, false);
        this.status = status;
    }

    int status() {
        return status;
    }

    /** What a client sent, short enough to be sent back. */
    static String shown(String given) {
        return given.length() <= MAX_SHOWN ? given : given.substring(0, MAX_SHOWN) + "…";
    }
}
