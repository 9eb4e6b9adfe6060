package rocketrides.embedded;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import rocketrides.servers.ServerException;

/** Free ports on loopback. Free is a guess: whoever starts a server must be ready to see the port taken meanwhile. */
public final class Ports {
    private Ports() {}

    /** The preferred port if it is free (0: none preferred), otherwise any that is. */
    public static int freeOr(int preferred) {
        if (preferred != 0 && isFree(preferred)) {
            return preferred;
        }
        try (ServerSocket socket = bound(0)) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new ServerException("No free port on loopback: " + e, e);
        }
    }

    static boolean isFree(int port) {
        try (ServerSocket socket = bound(port)) {
            return socket.isBound();
        } catch (IOException e) {
            return false;
        }
    }

    private static ServerSocket bound(int port) throws IOException {
        ServerSocket socket = new ServerSocket();
        try {
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), port));
            return socket;
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }
}
