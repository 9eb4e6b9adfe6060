package rocketrides.chaos;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** One process of the real program, with a proxy of its own in front of each server. */
final class Role implements AutoCloseable {
    private final String name;
    private final Path home;
    private final List<String> program;
    private final Map<String, String> environment;
    private final Proxy postgres;
    private final Proxy redis;
    private OwnProcess process;

    /** {@code program}: what follows {@code java} on the command line. */
    Role(String name, Path home, List<String> program, Map<String, String> environment, Proxy postgres, Proxy redis) {
        this.name = name;
        this.home = home;
        this.program = program;
        this.environment = new HashMap<>(environment);
        this.postgres = postgres;
        this.redis = redis;
    }

    String name() {
        return name;
    }

    Proxy postgres() {
        return postgres;
    }

    Proxy redis() {
        return redis;
    }

    synchronized void start() throws IOException {
        var command = new ArrayList<String>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-Xmx192m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto"));
        command.addAll(program);
        process = new OwnProcess(command, environment, home, log());
    }

    /** Dead, and not by our hand: the program has ended by itself. */
    synchronized boolean hasEnded() {
        return process != null && !process.isAlive();
    }

    synchronized int exitCode() {
        return process.exitCode();
    }

    synchronized void kill() {
        if (process != null) {
            process.kill();
            process = null;
        }
    }

    synchronized void signal(String signal) throws IOException {
        if (process != null) {
            process.signal(signal);
        }
    }

    /** What it has said so far, over all of its lives. */
    String output() throws IOException {
        return Files.exists(log()) ? Files.readString(log(), StandardCharsets.ISO_8859_1) : "";
    }

    private Path log() {
        return home.resolve(name + ".log");
    }

    @Override
    public void close() {
        kill();
        postgres.close();
        redis.close();
    }
}
