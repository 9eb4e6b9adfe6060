package rocketrides.embedded;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import rocketrides.servers.ServerException;
import rocketrides.testing.LogCapture;

/** Incomplete files are deleted, so that the next attempt has their space. */
class DraftsTest {
    @TempDir
    Path directory;

    @Test
    void aProgramThatCannotBeUnpackedLeavesNothingAndTheErrorSaysHowMuchIsFree() throws Exception {
        var binaries = new Binaries(directory);
        String message = assertThrows(
                        ServerException.class,
                        () -> binaries.unpacked(
                                new Binaries.Server("redis", "Redis", "a library"),
                                () -> new ByteArrayInputStream(new byte[1000]),
                                (program, target) -> {
                                    Files.createDirectory(target);
                                    Files.write(target.resolve("redis-server"), program);
                                    throw new IOException("No space left on device");
                                }))
                .getMessage();
        assertTrue(
                message.contains("No space left on device; ")
                        && message.contains(" MB are free there")
                        && message.contains(directory.toString())
                        && message.contains("redis.uri"),
                message);
        assertEquals(List.of(), list(directory, "*"));
    }

    @Test
    void theFirstStartSaysWhatTakesItsTime() throws Exception {
        try (var said = new LogCapture()) {
            new Binaries(directory).postgres();
            new Binaries(directory).postgres();
            assertEquals(
                    List.of("INFO rocket-rides unpacks Postgres into " + directory + ", once: 60 MB, some seconds"),
                    said.lines().stream()
                            .filter(line -> line.contains(" rocket-rides "))
                            .toList());
        }
    }

    @Test
    void whatADeadProcessLeftInTheDataDirectoryIsDeletedAtTheStart() throws Exception {
        Path home = Files.createDirectory(directory.resolve("redis"));
        var left = List.of(
                directory.resolve("output-1.tmp"),
                directory.resolve("postgres.new-1.password-2.tmp"),
                home.resolve("output-1.tmp"),
                home.resolve("redis.conf-1.tmp"),
                home.resolve("temp-123.rdb"),
                home.resolve("temp-rewriteaof-bg-123.aof"),
                Files.createDirectory(directory.resolve("bin")).resolve("redis-12ab.1.tmp"));
        for (Path file : left) {
            Files.writeString(file, "x");
        }
        try (var servers = new EmbeddedServers(directory, false, true)) {
            servers.start();
            assertEquals(List.of(), left.stream().filter(Files::exists).toList());
        }
    }

    /** On a disk that is really full. Needs the right to mount. */
    @Test
    void aFullDiskIsAsEmptyAfterwardsAsBefore() throws Exception {
        var mount = new ProcessBuilder("mount", "-t", "tmpfs", "-o", "size=60m", "tmpfs", directory.toString())
                .redirectErrorStream(true)
                .start();
        assumeTrue(mount.waitFor() == 0, "may not mount a small file system, so a full disk was not tried");
        try {
            Path data = directory.resolve("data");
            long before = Files.getFileStore(directory).getUsableSpace();
            try (var servers = new EmbeddedServers(data, true, true)) {
                String message =
                        assertThrows(ServerException.class, servers::start).getMessage();
                assertTrue(message.contains("MB are free there"), message);
            }
            assertEquals(List.of(), list(data, "*.tmp"));
            assertEquals(List.of(), list(data, "postgres.new-*"));
            assertEquals(List.of(), list(data.resolve("bin"), "*.tmp"));
            long kept = before - Files.getFileStore(directory).getUsableSpace();
            assertTrue(kept < 20_000_000, kept + " bytes are still taken");
        } finally {
            assertEquals(
                    0,
                    new ProcessBuilder("umount", directory.toString()).start().waitFor());
        }
    }

    static List<Path> list(Path directory, String glob) throws IOException {
        try (var entries = Files.newDirectoryStream(directory, glob)) {
            var list = new ArrayList<Path>();
            entries.forEach(list::add);
            return list;
        }
    }
}
