package rocketrides.bench;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalDouble;
import java.util.regex.Pattern;

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

    private PgBench() {}

    /** Transactions per second. */
    static OptionalDouble run(BenchLog log, Path directory, String script, int clients, int seconds) {
        try {
            var file = Files.writeString(directory.resolve("pgbench.sql"), script);
            var uri = URI.create(log.uri());
            var login = uri.getUserInfo().split(":");
            var command = new ProcessBuilder(
                            "pgbench",
                            "-n",
                            "-M",
                            "prepared",
                            "-j",
                            "2",
                            "-c",
                            "" + clients,
                            "-T",
                            "" + seconds,
                            "-f",
                            file.toString(),
                            "-h",
                            uri.getHost(),
                            "-p",
                            "" + uri.getPort(),
                            "-U",
                            login[0],
                            uri.getPath().substring(1))
                    .redirectErrorStream(true);
            command.environment().put("PGPASSWORD", login[1]);
            var process = command.start();
            var output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            var tps = TPS.matcher(output);
            if (process.waitFor() != 0 || !tps.find()) {
                throw new IllegalStateException("pgbench failed: " + output);
            }
            return OptionalDouble.of(Double.parseDouble(tps.group(1)));
        } catch (IOException e) {
            System.out.println("pgbench is not installed, so nothing is compared with it (" + e.getMessage() + ")");
            return OptionalDouble.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
