package rocketrides.testing;

import java.util.List;

/**
 * Where a process of the harness runs: on this machine as it is, or on a host of the chaos run.
 *
 * @param enter what stands before a command so that it runs there
 * @param address where its servers listen
 */
public record Place(List<String> enter, String address) {
    public static final Place HERE = new Place(List.of(), "127.0.0.1");
}
