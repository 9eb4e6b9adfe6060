package rocketrides.testing;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A Redis that the harness breaks: a child process on a fixed port. */
public final class RedisServer implements AutoCloseable {
    private final Path home;
    private final Place place;
    private final int port;
    private final List<String> command;
    private OwnProcess process;

    /** @param command starts the server in its place, on the port, with its files in {@code home} */
    public RedisServer(Path home, Place place, int port, List<String> command) {
        this.home = home;
        this.place = place;
        this.port = port;
        this.command = new ArrayList<>(place.enter());
        this.command.addAll(command);
    }

    /** @param more options, each followed by its value */
    public static RedisServer of(Path binary, Path home, Place place, int port, List<String> more) {
        var command = new ArrayList<>(List.of(
                binary.toString(),
                "--bind",
                place.address(),
                "--protected-mode",
                "no",
                "--port",
                "" + port,
                "--dir",
                home.toString()));
        command.addAll(more);
        return new RedisServer(home, place, port, command);
    }

    public int port() {
        return port;
    }

    public String address() {
        return place.address();
    }

    /** For the program, without a proxy. */
    public String uri() {
        return "redis://" + place.address() + ":" + port;
    }

    public synchronized void start() throws IOException {
        if (process != null && process.isAlive()) {
            return;
        }
        process = new OwnProcess(command, Map.of(), home, home.resolve("redis.log"));
        awaitAnswer();
    }

    private void awaitAnswer() throws IOException {
        long deadline = System.nanoTime() + 30_000_000_000L;
        while (process.isAlive() && System.nanoTime() < deadline) {
            try {
                command("PING");
                return;
            } catch (IOException e) {
                Pause.millis(10);
            }
        }
        throw new IOException("Redis did not start: " + Disk.tail(home.resolve("redis.log"), 10));
    }

    public synchronized void crash() {
        process.kill();
    }

    public synchronized void signal(String name) throws IOException {
        process.signal(name);
    }

    /** Copies the data on disk; the end of the copy may be incomplete. */
    public void copyData() throws IOException {
        Disk.delete(copy());
        Disk.copy(data(), copy());
    }

    /** Redis must be stopped. */
    public void deleteData() throws IOException {
        Disk.delete(data());
    }

    /** Redis must be stopped. */
    public void restoreCopy() throws IOException {
        deleteData();
        Disk.copy(copy(), data());
    }

    private Path data() {
        return home.resolve("appendonlydir");
    }

    private Path copy() {
        return home.resolve("copy");
    }

    public RedisConnection connect() throws IOException {
        return new RedisConnection(place.address(), port);
    }

    /** One command on a connection of its own. */
    public Object command(String... words) throws IOException {
        try (var connection = connect()) {
            return connection.send(words);
        }
    }

    @Override
    public synchronized void close() throws IOException {
        if (process != null && process.isAlive()) {
            signal("CONT");
            process.kill();
        }
    }
}
