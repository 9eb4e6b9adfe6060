package rocketrides.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.regex.Pattern;
import org.HdrHistogram.Histogram;

/** The speed of Postgres itself on this machine, measured with pgbench; empty if that is not installed. */
final class PgBench {
    static final String ORIGINAL = """
            \\set distance random(5000, 1000000)
            BEGIN ISOLATION LEVEL SERIALIZABLE;
            INSERT INTO rides (distance) VALUES (:distance / 1000.0);
            INSERT INTO staged_log_records (action, object, data)
              VALUES ('create', 'ride', jsonb_build_object('id', currval('rides_id_seq'), 'distance', :distance / 1000.0));
            COMMIT;
            """;

    static final String ONE_STATEMENT = """
            \\set distance random(5000, 1000000)
            WITH ride AS (INSERT INTO rides (distance) VALUES (:distance / 1000.0) RETURNING id, distance)
            INSERT INTO staged_log_records (action, object, data)
              SELECT 'create', 'ride', jsonb_build_object('id', id, 'distance', distance) FROM ride;
            """;

    private static final Pattern TPS = Pattern.compile("tps = ([0-9.]+)");

    /** Of the latency in a line of the log, in microseconds. */
    private static final int TIME = 2;

    private PgBench() {}

    /** Transactions per second. */
    static OptionalDouble run(BenchLog log, Path directory, String script, int clients, int seconds) {
        return run(log, directory, script, List.of("-c", "" + clients, "-T", "" + seconds))
                .map(output -> {
                    var tps = TPS.matcher(output);
                    if (!tps.find()) {
                        throw new IllegalStateException("pgbench failed: " + output);
                    }
                    return OptionalDouble.of(Double.parseDouble(tps.group(1)));
                })
                .orElse(OptionalDouble.empty());
    }

    /** The latencies of one statement for each ride, from when it was due, at a fixed rate. */
    static Optional<Histogram> atRate(BenchLog log, Path directory, int rate, int seconds) {
        var prefix = directory.resolve("pgbench-" + rate);
        return run(
                        log,
                        directory,
                        ONE_STATEMENT,
                        List.of("-c", "16", "-R", "" + rate, "-T", "" + seconds, "-l", "--log-prefix=" + prefix))
                .map(output -> {
                    var histogram = new Histogram(3);
                    try (var files = Files.newDirectoryStream(directory, prefix.getFileName() + ".*")) {
                        for (var file : files) {
                            Files.readAllLines(file)
                                    .forEach(line ->
                                            histogram.recordValue(1_000 * Long.parseLong(line.split(" ")[TIME])));
                            Files.delete(file);
                        }
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                    return histogram;
                });
    }

    /** What it prints; empty if it is not installed. */
    private static Optional<String> run(BenchLog log, Path directory, String script, List<String> options) {
        try {
            var file = Files.writeString(directory.resolve("pgbench.sql"), script);
            var uri = URI.create(log.uri());
            var login = uri.getUserInfo().split(":");
            var command = new ArrayList<>(List.of("pgbench", "-n", "-M", "prepared", "-j", "2"));
            command.addAll(options);
            command.addAll(List.of("-f", file.toString(), "-h", uri.getHost(), "-p", "" + uri.getPort()));
            command.addAll(List.of("-U", login[0], uri.getPath().substring(1)));
            var builder = new ProcessBuilder(command).redirectErrorStream(true);
            builder.environment().put("PGPASSWORD", login[1]);
            var process = builder.start();
            var output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (process.waitFor() != 0) {
                throw new IllegalStateException("pgbench failed: " + output);
            }
            return Optional.of(output);
        } catch (IOException e) {
            System.out.println("pgbench is not installed, so nothing is compared with it (" + e.getMessage() + ")");
            return Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
