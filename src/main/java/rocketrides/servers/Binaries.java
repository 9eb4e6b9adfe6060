package rocketrides.servers;

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
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.compressors.xz.XZCompressorInputStream;
import redis.embedded.RedisExecProvider;

/**
 * The servers' programs, unpacked once from the jar. Unpacked beside and then renamed, so a death half-way leaves
 * nothing that looks complete; named after their content, so a new version never meets an old one's files.
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
                throw missing("PostgreSQL", null);
            }
            byte[] archive = in.readAllBytes();
            return unpacked("postgres-" + digest(archive), target -> untar(archive, target));
        } catch (IOException | IllegalStateException e) {
            throw missing("PostgreSQL", e);
        }
    }

    Path redisServer() {
        String name = "redis-server-" + RedisExecProvider.redisVersion + "-"
                + system().toLowerCase(java.util.Locale.ROOT) + "-" + machine("amd64");
        try (InputStream in = RedisExecProvider.class.getResourceAsStream("/" + name)) {
            if (in == null) {
                throw missing("Redis", null);
            }
            byte[] program = in.readAllBytes();
            return unpacked("redis-" + digest(program), target -> {
                        Files.createDirectory(target);
                        Files.write(target.resolve("redis-server"), program);
                        permit(target.resolve("redis-server"), "rwxr-xr-x");
                    })
                    .resolve("redis-server");
        } catch (IOException e) {
            throw missing("Redis", e);
        }
    }

    private interface Unpacking {
        void into(Path target) throws IOException;
    }

    private Path unpacked(String name, Unpacking unpacking) throws IOException {
        Path complete = directory.resolve(name);
        if (!Files.isDirectory(complete)) {
            Files.createDirectories(directory);
            Path draft = directory.resolve(name + "." + ProcessHandle.current().pid() + ".tmp");
            Directories.deleteQuietly(draft);
            unpacking.into(draft);
            if (!draft.toFile().renameTo(complete.toFile()) && !Files.isDirectory(complete)) {
                throw new IOException("cannot rename " + draft + " to " + complete);
            }
        }
        return complete;
    }

    private static void untar(byte[] archive, Path target) throws IOException {
        Files.createDirectory(target);
        var xz = new XZCompressorInputStream(new ByteArrayInputStream(archive));
        try (TarArchiveInputStream tar = new TarArchiveInputStream(xz)) {
            for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
                Path path = target.resolve(entry.getName()).normalize();
                if (entry.isDirectory()) {
                    Files.createDirectories(path);
                    continue;
                }
                Files.createDirectories(path.getParent());
                if (entry.isSymbolicLink()) {
                    Files.createSymbolicLink(path, Path.of(entry.getLinkName()));
                } else {
                    Files.copy(tar, path);
                    permit(path, (entry.getMode() & 0100) != 0 ? "rwxr-xr-x" : "rw-r--r--");
                }
            }
        }
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

    private ServerException missing(String server, Exception cause) {
        String uri = server.equals("Redis") ? "redis.uri" : "postgres.uri";
        return new ServerException(
                "No embedded " + server + " for " + system() + " " + machine("amd64") + " could be unpacked into "
                        + directory + (cause == null ? "" : " (" + cause + ")") + ". Name a running server as " + uri
                        + ".",
                cause);
    }
}
