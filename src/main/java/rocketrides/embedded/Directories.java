package rocketrides.embedded;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import rocketrides.servers.ServerException;

/** Creates directories and files for the embedded servers, readable by their owner only. */
public final class Directories {
    private static final Logger LOG = LoggerFactory.getLogger(Directories.class);
    private static final String SHELL_SPECIAL = "\"$`\\\n";

    private Directories() {}

    /** {@code pg_ctl} passes paths to a shell in double quotes, so they cannot contain these characters. */
    static Path create(Path directory) {
        if (directory.toAbsolutePath().toString().chars().anyMatch(c -> SHELL_SPECIAL.indexOf(c) >= 0)) {
            throw new ServerException(
                    "The data directory " + directory + " must not contain a quote, $, `, \\ or a line end");
        }
        try {
            Files.createDirectories(directory);
            return directory.toRealPath();
        } catch (IOException e) {
            throw new ServerException("Cannot create the data directory " + directory + ": " + e, e);
        }
    }

    static Path createPrivate(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            Files.createDirectory(
                    directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        }
        return directory;
    }

    /**
     * The file is readable by its owner only, from the moment it exists. A reader sees the old or the new text, never a
     * part.
     */
    public static void writePrivate(Path file, String text) throws IOException {
        Path draft = Files.createTempFile(file.getParent(), file.getFileName() + "-", ".tmp");
        try {
            Files.writeString(draft, text);
            Files.move(draft, file, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            deleteQuietly(draft);
        }
    }

    /** Deletes what a dead process left in a directory that belongs to this process alone. */
    static void deleteAll(Path directory, String glob) throws IOException {
        try (var entries = Files.newDirectoryStream(directory, glob)) {
            entries.forEach(Directories::deleteQuietly);
        }
    }

    /** The free space, for a message about a failed write. */
    static String room(Path directory) {
        try {
            return Files.getFileStore(directory).getUsableSpace() / 1_000_000 + " MB are free there";
        } catch (IOException e) {
            return "how much is free there is unknown";
        }
    }

    static void deleteQuietly(Path root) {
        if (!Files.exists(root, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        try (var paths = Files.walk(root)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        } catch (IOException | UncheckedIOException e) {
            LOG.debug("Left behind for the next start to delete: {}", root, e);
        }
    }
}
