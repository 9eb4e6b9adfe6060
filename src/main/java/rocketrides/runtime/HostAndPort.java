package rocketrides.runtime;

/** Where a server is. As URLs, {@code Host} headers and messages show it, an IPv6 address stands in brackets. */
public record HostAndPort(String host, int port) {
    /** {@code example.com:80}, {@code [::1]:80}. */
    @Override
    public String toString() {
        return bracketed(host) + ":" + port;
    }

    public static String bracketed(String host) {
        return host.indexOf(':') < 0 ? host : "[" + host + "]";
    }
}
