package rocketrides.servers;

/** An embedded server cannot start or stop. The message is for the person at the console: what, where, what to do. */
public final class ServerException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public ServerException(String message) {
        super(message);
    }

    public ServerException(String message, Throwable cause) {
        super(message, cause);
    }
}
