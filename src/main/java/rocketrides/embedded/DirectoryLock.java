package rocketrides.embedded;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import rocketrides.servers.ServerException;

/**
 * Allows one process per data directory. The operating system releases the lock when the process dies, for whatever
 * reason. The file is never deleted: otherwise two processes could lock two different files of the same name.
 */
record DirectoryLock(Path directory, FileChannel channel) implements AutoCloseable {
    // Closing any channel of a file releases the process's lock on it. So the same process must not open the file
    // twice.
    private static final Set<Path> HELD_BY_THIS_PROCESS = ConcurrentHashMap.newKeySet();

    static DirectoryLock take(Path directory) {
        if (!HELD_BY_THIS_PROCESS.add(directory)) {
            throw inUse(directory, "this process");
        }
        try {
            return new DirectoryLock(directory, lock(directory));
        } catch (IOException | ServerException e) {
            HELD_BY_THIS_PROCESS.remove(directory);
            throw e instanceof ServerException inUse
                    ? inUse
                    : new ServerException("Cannot write to the data directory " + directory + ": " + e, e);
        }
    }

    private static FileChannel lock(Path directory) throws IOException {
        Path file = directory.resolve("lock");
        FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            if (channel.tryLock() == null) {
                String holder = Files.readString(file).strip();
                throw inUse(directory, holder.isEmpty() ? "another process" : "process " + holder);
            }
            String pid = ProcessHandle.current().pid() + "\n";
            channel.truncate(0).write(ByteBuffer.wrap(pid.getBytes(StandardCharsets.US_ASCII)));
            return channel;
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    private static ServerException inUse(Path directory, String holder) {
        return new ServerException("The data directory " + directory + " is in use by " + holder
                + ". Stop it, or give this process another embedded.data-dir"
                + " (or the URIs of the running servers as postgres.uri and redis.uri).");
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new ServerException("Cannot release the lock of " + directory + ": " + e, e);
        } finally {
            HELD_BY_THIS_PROCESS.remove(directory);
        }
    }
}
