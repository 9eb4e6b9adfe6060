package rocketrides.chaos;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The hosts of a test: network namespaces, connected by a switch that this machine is also connected to. The switch has
 * its own namespace, so that this machine's firewall does not matter. Needs root and iproute2. All names contain the
 * harness's process ID. What a dead harness has left behind, including processes, is removed by the next one.
 */
final class Network implements AutoCloseable {
    private static final Pattern NAMESPACE = Pattern.compile("rides-(\\d+)-\\w+");
    private static final String FIREWALL = "/proc/sys/net/bridge/bridge-nf-call-iptables";
    private static final int SUBNETS = 250;

    private final long pid = ProcessHandle.current().pid();
    private final String link = "rides" + pid;
    private final Namespace ethernet = new Namespace("rides-" + pid + "-switch");
    private final String subnet;
    private final List<Namespace> namespaces = new ArrayList<>(List.of(ethernet));
    private final Thread hook = new Thread(this::remove, "network");

    Network() throws IOException {
        removeLeftovers();
        var taken = Shell.run("ip", "-o", "-4", "address");
        long number = pid % SUBNETS;
        while (taken.contains(" 10.213." + number + ".")) {
            number = (number + 1) % SUBNETS;
        }
        subnet = "10.213." + number + ".";
        Runtime.getRuntime().addShutdownHook(hook);
        try {
            ethernet.add();
            ethernet.run("sh", "-c", "[ ! -e " + FIREWALL + " ] || echo 0 >" + FIREWALL);
            ethernet.ip("link", "add", "switch", "type", "bridge");
            ethernet.ip("link", "set", "switch", "up");
            Shell.run("ip", "link", "add", link, "type", "veth", "peer", "name", "up", "netns", ethernet.name());
            Shell.run("ip", "address", "add", subnet + "254/24", "dev", link);
            Shell.run("ip", "link", "set", link, "up");
            ethernet.ip("link", "set", "dev", "up", "up", "master", "switch");
        } catch (IOException e) {
            close();
            throw e;
        }
    }

    /** Why this machine cannot have hosts; empty if it can. */
    static Optional<String> missing() {
        try {
            new Network().close();
            return Optional.empty();
        } catch (IOException e) {
            return Optional.of("network namespaces need root and iproute2: " + e.getMessage());
        }
    }

    Host host(String name) throws IOException {
        var namespace = new Namespace("rides-" + pid + "-" + name);
        int number = namespaces.size();
        namespaces.add(namespace);
        namespace.add();
        return new Host(namespace, ethernet, "port" + number, subnet + number);
    }

    private static void removeLeftovers() throws IOException {
        for (var line : Shell.run("ip", "netns", "list").lines().toList()) {
            var match = NAMESPACE.matcher(line.split(" ")[0]);
            if (match.matches()
                    && ProcessHandle.of(Long.parseLong(match.group(1))).isEmpty()) {
                new Namespace(match.group()).remove();
            }
        }
    }

    private void remove() {
        try {
            for (var namespace : namespaces) {
                namespace.remove();
            }
        } catch (IOException e) {
            System.out.println("left behind: " + e.getMessage());
        }
        removeLink();
    }

    /** It would disappear with the namespace of its other end. Removed explicitly, so that its name is free at once. */
    private void removeLink() {
        try {
            Shell.run("ip", "link", "delete", link);
        } catch (IOException e) {
            if (!e.getMessage().contains("Cannot find device")) {
                System.out.println("left behind: " + e.getMessage());
            }
        }
    }

    @Override
    public void close() {
        Runtime.getRuntime().removeShutdownHook(hook);
        remove();
    }
}
