package rocketrides.embedded;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.function.IntPredicate;
import rocketrides.servers.ServerException;

/** Finds free ports on loopback. Another process may take the port before a server uses it, so callers must retry. */
public final class Ports {
    private static final int TRIED = 3;

    private Ports() {}

    /** The preferred port if it is free, otherwise any free port. 0 means no preference. */
    public static int freeOr(int preferred) {
        try (var socket = bound(isFree(preferred) ? preferred : 0)) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new ServerException("No free port on loopback: " + e, e);
        }
    }

    /**
     * Returns the port on which the server started. Tries another port while the port is taken. Returns 0 if it did not
     * start for another reason.
     */
    static int start(int preferred, IntPredicate server) {
        int port = preferred;
        for (int i = 0; i < TRIED; i++) {
            port = freeOr(port);
            if (server.test(port)) {
                return port;
            }
            if (isFree(port)) {
                break;
            }
        }
        return 0;
    }

    private static boolean isFree(int port) {
        try (var socket = bound(port)) {
            return socket.isBound();
        } catch (IOException e) {
            return false;
        }
    }

    private static ServerSocket bound(int port) throws IOException {
        return new ServerSocket(port, 1, InetAddress.getByAddress(new byte[] {127, 0, 0, 1}));
    }
}
