package rocketrides.chaos;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.Map;

/**
 * The responses to clients, kept outside of the system: one line {@code number id} for each 201, forced to disk in
 * batches.
 */
final class Acknowledgements implements AutoCloseable {
    private final Path file;
    private final FileChannel channel;
    private final StringBuilder waiting = new StringBuilder();
    private long count;

    Acknowledgements(Path file) throws IOException {
        this.file = file;
        channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }

    synchronized void add(long number, long rideId) {
        waiting.append(number).append(' ').append(rideId).append('\n');
        count++;
    }

    synchronized long count() {
        return count;
    }

    synchronized void force() throws IOException {
        channel.write(ByteBuffer.wrap(waiting.toString().getBytes(StandardCharsets.US_ASCII)));
        waiting.setLength(0);
        channel.force(false);
    }

    /** Request number → ride ID, from the file. */
    Map<Long, Long> read() throws IOException {
        force();
        var rides = new HashMap<Long, Long>();
        for (var line : Files.readAllLines(file)) {
            int space = line.indexOf(' ');
            rides.put(Long.valueOf(line.substring(0, space)), Long.valueOf(line.substring(space + 1)));
        }
        return rides;
    }

    @Override
    public void close() throws IOException {
        force();
        channel.close();
    }
}
