package rocketrides.log;

/** The log, or a place in it, is not what it must be, and trying again will not help: somebody has to look. */
public final class UnusableLogException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public UnusableLogException(String message) {
        super(message);
    }
}
