package rocketrides.runtime;

/** Hosts as URLs, {@code Host} headers and messages show them: IPv6 addresses stand in brackets. */
public final class HostAndPort {
    private HostAndPort() {}

    /** {@code example.com:80}, {@code [::1]:80}. */
    public static String of(String host, int port) {
        return bracketed(host) + ":" + port;
    }

    public static String bracketed(String host) {
        return host.indexOf(':') < 0 ? host : "[" + host + "]";
    }
}
