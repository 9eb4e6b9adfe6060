package rocketrides.chaos;

import java.io.IOException;
import rocketrides.testing.Place;

/** A host of a {@link Network}: a namespace with one interface, whose other end is a port of the switch. */
final class Host {
    private final Namespace namespace;
    private final Namespace ethernet;
    private final String port;
    private final String address;

    Host(Namespace namespace, Namespace ethernet, String port, String address) throws IOException {
        this.namespace = namespace;
        this.ethernet = ethernet;
        this.port = port;
        this.address = address;
        ethernet.ip("link", "add", port, "type", "veth", "peer", "name", "eth0", "netns", namespace.name());
        namespace.ip("address", "add", address + "/24", "dev", "eth0");
        namespace.ip("link", "set", "lo", "up");
        namespace.ip("link", "set", "eth0", "up");
        ethernet.ip("link", "set", port, "up");
        plug();
        // What connects must not get the port of a server that is down and will be started again.
        namespace.run("sh", "-c", "echo 20000 30000 >/proc/sys/net/ipv4/ip_local_port_range");
    }

    Place place() {
        return new Place(namespace.enter(), address);
    }

    String address() {
        return address;
    }

    /** The host itself sees that it has no network: what it sends fails at once. */
    void linkDown() throws IOException {
        namespace.ip("link", "set", "eth0", "down");
    }

    void linkUp() throws IOException {
        namespace.ip("link", "set", "eth0", "up");
    }

    /** What the host sends, and what is sent to it, vanishes. */
    void unplug() throws IOException {
        ethernet.ip("link", "set", port, "nomaster");
    }

    void plug() throws IOException {
        ethernet.ip("link", "set", port, "master", "switch");
    }

    /** What this host sends to that one vanishes, answers as well; all others are reached. */
    void ignore(Host other) throws IOException {
        namespace.ip("route", "add", "blackhole", other.address + "/32");
    }

    void heed(Host other) throws IOException {
        namespace.ip("route", "delete", "blackhole", other.address + "/32");
    }

    /** kill -9 of everything on it. */
    void kill() throws IOException {
        namespace.kill();
    }
}
