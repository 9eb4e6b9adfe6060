package rocketrides.http;

/** More requests wait than may wait. Nothing was done for this one, and it is answered with 503. */
public final class TooBusy extends RuntimeException {
    private static final long serialVersionUID = 1;

    public TooBusy(String message) {
        super(message, null, false, false);
    }
}
