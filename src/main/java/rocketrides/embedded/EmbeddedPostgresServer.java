package rocketrides.embedded;

import com.sun.security.auth.module.UnixSystem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import rocketrides.runtime.Numbers;
import rocketrides.servers.ServerException;

/**
 * A PostgreSQL server on loopback, with its cluster in {@code <dataDir>/postgres}. Commits survive a power failure. The
 * password is in {@code <dataDir>/postgres/rocket-rides.password}.
 *
 * <p>A new cluster is created under a temporary name and renamed when complete, so nothing needs repair if the process
 * dies meanwhile. If this process dies, the server keeps running. The next start finds it by its data directory, stops
 * it cleanly, and starts it again. All methods block.
 */
public final class EmbeddedPostgresServer {
    private static final Logger LOG = LoggerFactory.getLogger(EmbeddedPostgresServer.class);
    private static final String DATABASE = "rocket_rides";
    private static final Duration START = Duration.ofMinutes(2);
    private static final Duration STOP = Duration.ofSeconds(10);

    /**
     * On the command line, which takes precedence over files in the data directory. There is no Unix socket, because
     * its path could be too long.
     */
    private static final String SETTINGS = String.join(
            " -c ",
            "",
            "listen_addresses=127.0.0.1",
            "unix_socket_directories=",
            "fsync=on",
            "full_page_writes=on",
            "synchronous_commit=on",
            "max_connections=100",
            "shared_buffers=128MB",
            "log_checkpoints=off",
            "TimeZone=UTC");

    private final Path dataDir;
    private final Path cluster;
    private final Binaries binaries;
    private Path programs;
    private int port;

    EmbeddedPostgresServer(Path dataDir, Binaries binaries) {
        this.dataDir = dataDir;
        this.cluster = dataDir.resolve("postgres");
        this.binaries = binaries;
    }

    /** Returns the URI once the server accepts connections. A restart keeps the port if it is still free. */
    public synchronized String start() {
        stop();
        try {
            Directories.deleteAll(dataDir, "postgres.new-*");
            if (!Files.exists(cluster)) {
                createCluster();
            }
            checkCluster();
            removeStalePidFile();
            int started = Ports.start(port, this::startOn);
            if (started == 0) {
                throw Processes.didNotStart("Postgres", cluster, log());
            }
            port = started;
            String uri = "postgresql://" + DATABASE + ":" + Files.readString(password(cluster)) + "@127.0.0.1:" + port
                    + "/" + DATABASE;
            Directories.writePrivate(dataDir.resolve("postgres.uri"), uri);
            return uri;
        } catch (IOException e) {
            throw new ServerException("Cannot start Postgres in " + cluster + ": " + e, e);
        }
    }

    /** Returns when the server has stopped. Does nothing if it is not running. */
    public synchronized void stop() {
        if (!isRunning()) {
            return;
        }
        for (String mode : List.of("fast", "immediate")) {
            pgCtl("stop", "-D", cluster.toString(), "-w", "-t", "" + STOP.toSeconds(), "-m", mode);
            if (Processes.awaitGone("postgres", cluster, Duration.ofSeconds(1))) {
                return;
            }
            LOG.warn("Postgres in {} did not stop ({}) within {} s", cluster, mode, STOP.toSeconds());
        }
        Processes.kill("postgres", cluster, STOP);
    }

    boolean isRunning() {
        return !Processes.running("postgres", cluster).isEmpty();
    }

    private void createCluster() throws IOException {
        Path draft = dataDir.resolve("postgres.new-" + UUID.randomUUID());
        Path secret = dataDir.resolve(draft.getFileName() + ".password");
        try {
            Directories.writePrivate(secret, UUID.randomUUID().toString());
            run(
                    "",
                    "initdb",
                    "-D",
                    draft.toString(),
                    "-U",
                    DATABASE,
                    "--auth=scram-sha-256",
                    "--pwfile=" + secret,
                    "--encoding=UTF8",
                    "--locale=C",
                    "--locale-provider=builtin",
                    "--builtin-locale=C.UTF-8");
            run("CREATE DATABASE " + DATABASE + "\n", "postgres", "--single", "-D", draft.toString(), "postgres");
            Files.move(secret, password(draft));
            Files.move(draft, cluster);
        } finally {
            Directories.deleteQuietly(draft);
            Directories.deleteQuietly(secret);
        }
    }

    private void checkCluster() throws IOException {
        Path version = cluster.resolve("PG_VERSION");
        if (!Files.isRegularFile(version) || !Files.isRegularFile(password(cluster))) {
            throw new ServerException(cluster + " is not a Postgres cluster made by this program"
                    + " (PG_VERSION or rocket-rides.password is missing). Move it away, or name another"
                    + " embedded.data-dir.");
        }
        String found = Files.readString(version).strip();
        String ours = run("", "postgres", "--version").replaceFirst("^\\D*(\\d+).*$", "$1");
        if (!found.equals(ours)) {
            throw new ServerException(cluster + " was made by PostgreSQL " + found + ", but this program brings " + ours
                    + ". Move the directory away, name another embedded.data-dir, or give a server's postgres.uri.");
        }
    }

    /**
     * Deletes the PID file of a dead server if its process ID is in use again: Postgres would believe that the server
     * runs.
     */
    private void removeStalePidFile() throws IOException {
        Path pidFile = cluster.resolve("postmaster.pid");
        if (Files.exists(pidFile)) {
            String pid = Files.readAllLines(pidFile).stream().findFirst().orElse("");
            if (!pid.matches("\\d{1,9}")
                    || ProcessHandle.of(Numbers.whole(pid).orElseThrow()).isPresent()) {
                Files.delete(pidFile);
            }
        }
    }

    private boolean startOn(int free) {
        var options = "-p " + free + SETTINGS;
        var data = cluster.toString();
        var outcome =
                pgCtl("start", "-D", data, "-w", "-t", "" + START.toSeconds(), "-l", log().toString(), "-o", options);
        if (outcome.exitCode() != 0) {
            stop();
        }
        return outcome.exitCode() == 0;
    }

    private Processes.Outcome pgCtl(String... arguments) {
        return Processes.run(dataDir, START.plus(STOP), "", command("pg_ctl", arguments));
    }

    private String run(String input, String program, String... arguments) {
        Processes.Outcome outcome = Processes.run(dataDir, START, input, command(program, arguments));
        if (outcome.exitCode() != 0) {
            throw new ServerException(
                    program + " failed in " + dataDir + " (" + Directories.room(dataDir) + "): " + outcome.output());
        }
        return outcome.output();
    }

    /** Postgres refuses to run as root. In a user namespace of its own it does not see that it is root. */
    private List<String> command(String program, String... arguments) {
        List<String> command = new ArrayList<>();
        if (new UnixSystem().getUid() == 0) {
            command.addAll(List.of("unshare", "-U"));
        }
        if (programs == null) {
            programs = binaries.postgres();
        }
        command.add(programs.resolve("bin").resolve(program).toString());
        command.addAll(List.of(arguments));
        return command;
    }

    private Path log() {
        return dataDir.resolve("postgres.log");
    }

    private static Path password(Path cluster) {
        return cluster.resolve("rocket-rides.password");
    }
}
