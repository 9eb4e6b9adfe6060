package rocketrides.testing;

import java.util.List;

/**
 * Where a process of the harness runs: directly on this machine, or on a host of the chaos run.
 *
 * @param enter the prefix that makes a command run there
 * @param address the address on which its servers listen
 */
public record Place(List<String> enter, String address) {
    public static final Place HERE = new Place(List.of(), "127.0.0.1");
}
