package rocketrides.bench;

import java.io.IOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import rocketrides.testing.Pause;

/**
 * The Redis that is installed on this machine, as durable as the embedded one. That one is built to run anywhere, linked
 * statically with musl, whose {@code memmove} and allocator make it take half as long again for each command.
 */
final class MachineRedis implements AutoCloseable {
    private final Process process;
    final String uri;

    private MachineRedis(Process process, int port) {
        this.process = process;
        this.uri = "redis://127.0.0.1:" + port;
    }

    /** Empty, with a message, if no {@code redis-server} is installed. */
    static Optional<MachineRedis> start(Path directory) {
        try {
            int port = Rig.freePort();
            var process = new ProcessBuilder(
                            "redis-server",
                            "--port",
                            "" + port,
                            "--bind",
                            "127.0.0.1",
                            "--dir",
                            Files.createDirectories(directory).toString(),
                            "--save",
                            "",
                            "--appendonly",
                            "yes",
                            "--appendfsync",
                            "everysec",
                            "--auto-aof-rewrite-min-size",
                            "256mb")
                    .redirectErrorStream(true)
                    .redirectOutput(directory.resolve("redis.log").toFile())
                    .start();
            Runtime.getRuntime().addShutdownHook(new Thread(process::destroy));
            while (process.isAlive() && !listens(port)) {
                Pause.millis(20);
            }
            if (!process.isAlive()) {
                throw new IllegalStateException(
                        "redis-server did not start: " + Files.readString(directory.resolve("redis.log")));
            }
            return Optional.of(new MachineRedis(process, port));
        } catch (IOException e) {
            System.out.println("redis-server is not installed, so the embedded one is used (" + e.getMessage() + ")");
            return Optional.empty();
        }
    }

    private static boolean listens(int port) {
        try (var socket = new Socket("127.0.0.1", port)) {
            return socket.isConnected();
        } catch (IOException e) {
            return false;
        }
    }

    @Override
    public void close() {
        process.destroy();
        process.onExit().join();
    }
}
