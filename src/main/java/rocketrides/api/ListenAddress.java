package rocketrides.api;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import rocketrides.config.Settings;
import rocketrides.runtime.HostAndPort;

/** The address on which a process listens, and the error if it cannot. */
public final class ListenAddress {
    private ListenAddress() {}

    /**
     * Tries to listen on the address, so that a port in use is reported before anything is started. Another process may
     * still take the port before the server does.
     *
     * @throws IllegalStateException if the address cannot be used; the message names the address and the settings
     */
    public static void requireFree(Settings.Api settings) {
        if (settings.port() == 0) {
            return;
        }
        try {
            new ServerSocket(settings.port(), 1, InetAddress.getByName(settings.host())).close();
        } catch (IOException e) {
            throw refused(settings, e);
        }
    }

    static IllegalStateException refused(Settings.Api settings, Throwable why) {
        return new IllegalStateException(
                "cannot listen on " + new HostAndPort(settings.host(), settings.port()) + ": " + why.getMessage()
                        + ". Every process serves its health there, so each on a host needs a port of its own:"
                        + " set api.port (or API_PORT) to another one, or to 0 for any free one, or api.host to"
                        + " another address.",
                why);
    }
}
