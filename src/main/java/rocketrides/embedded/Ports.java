package rocketrides.embedded;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.function.IntPredicate;
import rocketrides.servers.ServerException;

/** Free ports on loopback. Free is a guess: whoever starts a server must be ready to see the port taken meanwhile. */
public final class Ports {
    private static final int TRIED = 3;

    private Ports() {}

    /** The preferred port if it is free (0: none preferred), otherwise any that is. */
    public static int freeOr(int preferred) {
        try (var socket = bound(isFree(preferred) ? preferred : 0)) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new ServerException("No free port on loopback: " + e, e);
        }
    }

    /** The port on which the server has started, or 0 if it did not, and not because its port was taken. */
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
