package rocketrides.servers;

/** A server cannot be started, stopped or used. The message is for the operator: what failed, where, and what to do. */
public final class ServerException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public ServerException(String message) {
        super(message);
    }

    public ServerException(String message, Throwable cause) {
        super(message, cause);
    }
}
