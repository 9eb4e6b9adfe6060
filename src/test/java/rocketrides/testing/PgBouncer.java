package rocketrides.testing;

import static rocketrides.testing.Eventually.eventually;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import rocketrides.embedded.Ports;

/** Runs the machine's PgBouncer in front of a Postgres, for the user of its URI. */
public final class PgBouncer implements AutoCloseable {
    private static final List<String> PLACES = List.of("/usr/sbin/pgbouncer", "/usr/bin/pgbouncer");
    private static final String POSTGRES = "postgres(?:ql)?://([^:@]+)(?::([^@]*))?@([^:/]+):(\\d+)/([^?]*).*";

    private static final Duration START = Duration.ofSeconds(20);

    private final Process process;
    private final String uri;

    public static boolean isInstalled() {
        return PLACES.stream().anyMatch(place -> Files.isExecutable(Path.of(place)));
    }

    /**
     * @param home an empty directory, which becomes readable for everybody, because PgBouncer refuses to run as
     *     root
     * @param postgres the URI of server and database; the password must need no encoding
     * @param settings lines of its configuration
     */
    public PgBouncer(Path home, String postgres, String... settings) throws IOException, InterruptedException {
        var port = Ports.freeOr(0);
        var user = postgres.replaceFirst(POSTGRES, "$1");
        var given = postgres.replaceFirst(POSTGRES, "$2");
        var password = given.isEmpty() ? "trusted" : given; // its clients need one, also if Postgres asks for none
        uri = "postgresql://" + user + ":" + password + "@127.0.0.1:" + port + "/"
                + postgres.replaceFirst(POSTGRES, "$5");
        var users = Files.writeString(home.resolve("users"), "\"" + user + "\" \"" + password + "\"\n");
        var lines = new ArrayList<>(List.of(
                "[databases]",
                postgres.replaceFirst(POSTGRES, "$5 = host=$3 port=$4"),
                "[pgbouncer]",
                "listen_addr = 127.0.0.1",
                "listen_port = " + port,
                "unix_socket_dir =",
                "auth_type = scram-sha-256",
                "server_tls_sslmode = prefer", // not the default before 1.20
                "auth_file = " + users));
        lines.addAll(List.of(settings));
        var configuration = Files.write(home.resolve("pgbouncer.ini"), lines);
        var log = Files.createFile(home.resolve("log"));
        for (var each : List.of(users, configuration)) {
            Files.setPosixFilePermissions(each, PosixFilePermissions.fromString("rw-r--r--"));
        }
        Files.setPosixFilePermissions(home, PosixFilePermissions.fromString("rwxr-xr-x"));
        process = new ProcessBuilder(command(configuration))
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        eventually(START, process, log, () -> listens(port));
    }

    private static List<String> command(Path configuration) {
        var program = PLACES.stream()
                .filter(place -> Files.isExecutable(Path.of(place)))
                .findFirst()
                .orElseThrow();
        var asRoot = "root".equals(System.getProperty("user.name"));
        return Stream.concat(
                        Stream.of(program),
                        Stream.concat(
                                asRoot ? Stream.of("-u", "nobody") : Stream.of(), Stream.of(configuration.toString())))
                .toList();
    }

    private static boolean listens(int port) {
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return socket.isConnected();
        } catch (IOException notYet) {
            return false;
        }
    }

    public String uri() {
        return uri;
    }

    @Override
    public void close() {
        process.destroyForcibly().onExit().join();
    }
}
