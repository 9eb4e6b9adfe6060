package rocketrides.chaos;

import com.sun.security.auth.module.UnixSystem;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import rocketrides.embedded.EmbeddedServers;
import rocketrides.testing.Disk;
import rocketrides.testing.OwnProcess;
import rocketrides.testing.Pause;
import rocketrides.testing.Place;

/**
 * A Postgres for the harness to break: a child process on a fixed port, durable (fsync), with a cluster that the
 * program's own embedded server has made.
 */
final class PostgresServer implements AutoCloseable {
    private static final String NAME = "rocket_rides";

    private final Path programs;
    private final Path cluster;
    private final Path log;
    private final Place place;
    private final int port;
    private final String password;
    private OwnProcess process;

    private PostgresServer(Path programs, Path cluster, Place place, int port, String password) {
        this.programs = programs;
        this.cluster = cluster;
        this.log = cluster.resolveSibling(cluster.getFileName() + ".log");
        this.place = place;
        this.port = port;
        this.password = password;
    }

    /** A new cluster in {@code home/postgres}; {@code binaries} are unpacked if nobody has done it yet. */
    static PostgresServer create(Path home, Path binaries, Place place) throws IOException {
        try (var servers = new EmbeddedServers(home, binaries, true, true)) {
            servers.start();
        }
        var cluster = home.resolve("postgres");
        var password = Files.readString(cluster.resolve("rocket-rides.password"));
        if (!place.equals(Place.HERE)) {
            Files.writeString(
                    cluster.resolve("pg_hba.conf"),
                    "host all,replication all " + place.address() + "/24 scram-sha-256\n",
                    StandardOpenOption.APPEND);
        }
        return new PostgresServer(Disk.only(binaries, "postgres-*"), cluster, place, Disk.freePort(), password);
    }

    /** Another server, on a copy of this one's data; this one must be down. */
    PostgresServer copy(String name) throws IOException {
        var copied = cluster.resolveSibling(name);
        Disk.copy(cluster, copied);
        return new PostgresServer(programs, copied, place, Disk.freePort(), password);
    }

    /** Puts another's data in the place of this one's; both must be down. */
    void replaceDataBy(PostgresServer other) throws IOException {
        Disk.delete(cluster);
        Disk.copy(other.cluster, cluster);
    }

    /** Makes this copy follow its original through a port, from its next start until it is promoted. */
    void follow(int primaryPort) throws IOException {
        Files.createFile(cluster.resolve("standby.signal"));
        Files.writeString(
                cluster.resolve("postgresql.auto.conf"),
                "primary_conninfo = 'host=127.0.0.1 port=" + primaryPort + " user=" + NAME + " password=" + password
                        + "'\n");
    }

    /** From now on, what is committed here is answered when this standby has it on its disk, too. */
    void waitForStandby() throws SQLException {
        try (var connection = connect();
                var statement = connection.createStatement()) {
            statement.execute("ALTER SYSTEM SET synchronous_standby_names = '*'");
            statement.execute("SELECT pg_reload_conf()");
            for (boolean waits = false; !waits; Pause.millis(20)) {
                try (var rows = statement.executeQuery("SELECT FROM pg_stat_replication WHERE sync_state = 'sync'")) {
                    waits = rows.next();
                }
            }
        }
    }

    void promote() throws SQLException {
        try (var connection = connect();
                var statement = connection.createStatement()) {
            statement.execute("SELECT pg_promote()");
        }
    }

    synchronized void start() throws IOException {
        if (process != null && process.isAlive()) {
            return;
        }
        var settings = List.of(
                "listen_addresses=" + place.address(),
                "unix_socket_directories=",
                "fsync=on",
                "synchronous_commit=on",
                "max_connections=200",
                "shared_buffers=64MB",
                "max_wal_senders=4",
                "wal_level=replica",
                "log_checkpoints=off",
                "TimeZone=UTC");
        var command = command("postgres", "-D", cluster.toString(), "-p", "" + port);
        settings.forEach(setting -> command.addAll(List.of("-c", setting)));
        process = new OwnProcess(command, Map.of(), cluster.getParent(), log);
        awaitConnections();
    }

    private void awaitConnections() throws IOException {
        long deadline = System.nanoTime() + 60_000_000_000L;
        while (process.isAlive() && System.nanoTime() < deadline) {
            try {
                connect().close();
                return;
            } catch (SQLException e) {
                Pause.millis(10);
            }
        }
        throw new IOException("Postgres did not start: " + Disk.tail(log, 10));
    }

    /** kill -9 of the postmaster and all of its children. */
    synchronized void crash() {
        process.kill();
    }

    /** {@code immediate}: no checkpoint, recovery at the next start; {@code fast}: in order. */
    synchronized void stop(String mode) throws IOException {
        var command = command("pg_ctl", "stop", "-D", cluster.toString(), "-m", mode, "-W");
        new OwnProcess(command, Map.of(), cluster.getParent(), log).awaitEnd();
        process.awaitEnd();
    }

    synchronized void signal(String name) throws IOException {
        process.signal(name);
    }

    private List<String> command(String program, String... arguments) {
        var command = new ArrayList<>(place.enter());
        if (new UnixSystem().getUid() == 0) {
            command.addAll(List.of("unshare", "-U")); // Postgres refuses to be root
        }
        command.add(programs.resolve("bin").resolve(program).toString());
        command.addAll(List.of(arguments));
        return command;
    }

    /** How many saves of consumers it has refused because another process had saved before: two have worked at once. */
    long refusedSaves() throws IOException {
        try (var lines = Files.lines(log, StandardCharsets.ISO_8859_1)) {
            return lines.filter(line -> line.endsWith("ERROR:  the checkpoint is elsewhere"))
                    .count();
        }
    }

    /** For the harness itself, past every proxy. */
    Connection connect() throws SQLException {
        return DriverManager.getConnection(
                "jdbc:postgresql://" + place.address() + ":" + port + "/" + NAME
                        + "?connectTimeout=5&socketTimeout=30&ApplicationName=harness",
                NAME,
                password);
    }

    int port() {
        return port;
    }

    /** For the program, past every proxy. */
    String uri() {
        return uri(place.address(), port);
    }

    /** For the program, through the proxy on the port. */
    String uri(int proxyPort) {
        return uri(Place.HERE.address(), proxyPort);
    }

    private String uri(String host, int port) {
        return "postgresql://" + NAME + ":" + password + "@" + host + ":" + port + "/" + NAME;
    }

    @Override
    public synchronized void close() throws IOException {
        if (process != null && process.isAlive()) {
            signal("CONT");
            process.kill();
        }
    }
}
