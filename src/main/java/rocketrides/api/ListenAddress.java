package rocketrides.api;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import rocketrides.config.Settings;
import rocketrides.runtime.HostAndPort;

/** Where the api listens, and what to say when it cannot. */
public final class ListenAddress {
    private ListenAddress() {}

    /**
     * Tries to listen there, so that a port that is taken is found before anything is started. Somebody may still take it
     * before the api does.
     *
     * @throws IllegalStateException if nobody can listen there; the message names the address and the settings
     */
    public static void requireFree(Settings.Api settings) {
        if (settings.instances() == 0 || settings.port() == 0) {
            return;
        }
        try {
            new ServerSocket(settings.port(), 1, InetAddress.getByName(settings.host())).close();
        } catch (IOException e) {
            throw refused("the api", settings, e);
        }
    }

    static IllegalStateException refused(String role, Settings.Api settings, Throwable why) {
        return new IllegalStateException(
                role + " cannot listen on " + HostAndPort.of(settings.host(), settings.port()) + ": " + why.getMessage()
                        + ". Another address is given by api.port (or API_PORT) and api.host.",
                why);
    }
}
