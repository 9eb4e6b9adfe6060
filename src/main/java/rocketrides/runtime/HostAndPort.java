package rocketrides.runtime;

/** The address of a server. Printed as in URLs and {@code Host} headers: an IPv6 address has brackets. */
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
