package rocketrides.log;

/** The log, or a position in it, is invalid, and a retry cannot help. A person must look at it. */
public final class UnusableLogException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public UnusableLogException(String message) {
        super(message);
    }
}
