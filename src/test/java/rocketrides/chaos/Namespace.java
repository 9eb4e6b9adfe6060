package rocketrides.chaos;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** A network namespace, and the processes in it. */
record Namespace(String name) {
    void add() throws IOException {
        Shell.run("ip", "netns", "add", name);
    }

    /** The processes are ended first: while one exists, the namespace continues to exist without a name. */
    void remove() throws IOException {
        if (exists()) {
            kill();
            Shell.run("ip", "netns", "delete", name);
        }
    }

    private boolean exists() throws IOException {
        return Shell.run("ip", "netns", "list").lines().anyMatch(line -> line.split(" ")[0].equals(name));
    }

    /** kill -9 of all processes. */
    void kill() throws IOException {
        Shell.run("ip", "netns", "pids", name).lines().forEach(pid -> ProcessHandle.of(Long.parseLong(pid))
                .ifPresent(ProcessHandle::destroyForcibly));
    }

    /** The prefix that makes a command run there. */
    List<String> enter() {
        return List.of("ip", "netns", "exec", name);
    }

    void run(String... command) throws IOException {
        var all = new ArrayList<>(enter());
        all.addAll(List.of(command));
        Shell.run(all.toArray(String[]::new));
    }

    void ip(String... arguments) throws IOException {
        var all = new ArrayList<>(List.of("ip", "-netns", name));
        all.addAll(List.of(arguments));
        Shell.run(all.toArray(String[]::new));
    }
}
