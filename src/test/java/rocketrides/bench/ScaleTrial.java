package rocketrides.bench;

import static rocketrides.bench.Rig.await;

import io.vertx.sqlclient.Tuple;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import rocketrides.servers.LogTables;
import rocketrides.servers.Postgres;
import rocketrides.testing.Pause;

/**
 * The CPU time that a record costs, by the number of partitions and of processes: at a fixed rate, and with a backlog.
 * Each process is the jar, with a streamer and both consumers; leases divide the partitions. Rides are booked in SQL.
 */
final class ScaleTrial {
    private static final List<Integer> PARTITIONS = List.of(1, 2, 4, 8, 16);
    private static final List<Integer> PROCESSES = List.of(1, 2, 4);

    /** A statement each 5 ms. */
    private static final int AT_ONCE = 10;

    private static final int PER_SECOND = 2_000;
    private static final int BACKLOG_AT_ONCE = 1_000;
    private static final Duration LIMIT = Duration.ofMinutes(3);

    /** Every process owns a partition of the streamer, unless there are fewer partitions. */
    private static final String SHARED = """
            SELECT bool_and(owner IS NOT NULL) AND count(DISTINCT owner) = least(PROCESSES, count(*))
               AND count(*) = (SELECT count(*) FROM partitions)
              FROM assignments WHERE role = 'streamer'""";

    private static final String CONSUMED = """
            SELECT NOT EXISTS (SELECT FROM staged_log_records) AND 2 * count(*) =
                   (SELECT count(*) FROM checkpoints c JOIN log_head d USING (partition)
                     WHERE c.last_offset = d.next_offset - 1)
              FROM log_head""";

    private static final String CORRECT = """
            SELECT count(*) = 2 AND bool_and(t.rides = r.rides AND t.total = r.total)
              FROM (SELECT sum(rides) AS rides, sum(total_distance) AS total FROM total_distances GROUP BY consumer) t,
                   (SELECT count(*) AS rides, sum(distance) AS total FROM rides) r""";

    private final Rig rig;
    private final Path jar;
    private final Path out;
    private final int seconds;
    private final int backlog;

    ScaleTrial(Rig rig, Path jar, Path out, boolean quick) {
        this.rig = rig;
        this.jar = jar;
        this.out = out;
        this.seconds = quick ? 2 : 10;
        this.backlog = quick ? 50_000 : 300_000;
    }

    void run() throws IOException {
        if (!Files.exists(jar)) {
            System.out.println("There is no " + jar + ", so it is not measured how the log scales");
            return;
        }
        var lines = new ArrayList<>(List.of(
                "| partitions | processes | " + PER_SECOND + " records/s: Postgres, Redis, processes | total |"
                        + " backlog: Postgres, Redis, processes | total | records/s |",
                "|--:|--:|--:|--:|--:|--:|--:|"));
        lines.forEach(System.out::println);
        for (int partitions : PARTITIONS) {
            for (int processes : PROCESSES) {
                lines.add(measure(partitions, processes));
                System.out.println(lines.get(lines.size() - 1));
            }
        }
        Files.write(out.resolve("scale.md"), lines);
    }

    private String measure(int partitions, int processes) throws IOException {
        var database = rig.newDatabase();
        var postgres = new Postgres(rig.vertx, rig.postgres(database), Optional.empty(), 4, 1);
        await(postgres.ready(new LogTables(List.of("/rocketrides/rides.sql"), partitions)));
        var started = new ArrayList<Process>();
        try {
            for (int i = 0; i < processes; i++) {
                started.add(start(database, partitions));
            }
            awaitUntil("all processes have their share", postgres, SHARED.replace("PROCESSES", "" + processes));
            stage(postgres, PER_SECOND * 2); // everything is loaded and compiled once
            awaitUntil("both consumers have applied every record", postgres, CONSUMED);
            var steady = cost(started, PER_SECOND * seconds, () -> {
                stage(postgres, PER_SECOND * seconds);
                awaitUntil("both consumers have applied every record", postgres, CONSUMED);
            });
            var flatOut = cost(started, backlog, () -> {
                stageBacklog(postgres);
                awaitUntil("both consumers have applied every record", postgres, CONSUMED);
            });
            if (!holds(postgres, CORRECT)) {
                throw new IllegalStateException("the consumers' totals are not those of the rides");
            }
            return String.format(
                    Locale.ROOT,
                    "| %d | %d | %s | %s | %,.0f |",
                    partitions,
                    processes,
                    steady,
                    flatOut,
                    backlog / flatOut.seconds);
        } finally {
            started.forEach(Process::destroy);
            started.forEach(process -> process.onExit().join());
            await(postgres.close());
        }
    }

    private Process start(String database, int partitions) throws IOException {
        var command = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx256m",
                        "-jar",
                        jar.toString(),
                        "--conf",
                        Path.of("conf", "production.yaml").toAbsolutePath().toString())
                .redirectErrorStream(true)
                .redirectOutput(out.resolve("scale.log").toFile());
        command.environment()
                .putAll(Map.of(
                        "DATABASE_URL",
                        rig.postgres(database),
                        "REDIS_URL",
                        rig.redis,
                        "STREAM_NAME",
                        "stream-" + database,
                        "API_PORT",
                        "0",
                        "ROCKET_RIDES_API_INSTANCES",
                        "0",
                        "ROCKET_RIDES_LOG_PARTITIONS",
                        "" + partitions));
        return command.start();
    }

    /** Microseconds of CPU for each record. */
    private record Cost(double postgres, double redis, double program, double seconds) {
        @Override
        public String toString() {
            return String.format(
                    Locale.ROOT, "%.1f, %.1f, %.1f | %.1f", postgres, redis, program, postgres + redis + program);
        }
    }

    private Cost cost(List<Process> processes, int records, Runnable work) {
        double before = cpuSeconds(processes);
        var used = rig.cpu
                .during(() -> {
                    work.run();
                    return true;
                })
                .used();
        double micros = 1e6 / records;
        return new Cost(
                used.postgres() * micros,
                used.redis() * micros,
                (cpuSeconds(processes) - before) * micros,
                used.seconds());
    }

    private static double cpuSeconds(List<Process> processes) {
        return processes.stream()
                .mapToDouble(process ->
                        process.info().totalCpuDuration().orElse(Duration.ZERO).toNanos() / 1e9)
                .sum();
    }

    private static void stage(Postgres postgres, int records) {
        long start = System.nanoTime();
        for (int sent = 0; sent < records; sent += AT_ONCE) {
            long due = start + sent * 1_000_000_000L / PER_SECOND;
            Pause.millis(Math.max(0, (due - System.nanoTime()) / 1_000_000));
            await(postgres.pool().preparedQuery(BenchLog.STAGE).execute(Tuple.of(AT_ONCE)));
        }
    }

    private void stageBacklog(Postgres postgres) {
        for (int sent = 0; sent < backlog; sent += BACKLOG_AT_ONCE) {
            await(postgres.pool().preparedQuery(BenchLog.STAGE).execute(Tuple.of(BACKLOG_AT_ONCE)));
        }
    }

    private static void awaitUntil(String what, Postgres postgres, String condition) {
        long deadline = System.nanoTime() + LIMIT.toNanos();
        while (!holds(postgres, condition)) {
            if (System.nanoTime() > deadline) {
                throw new IllegalStateException("not within " + LIMIT + ": " + what);
            }
            Pause.millis(50); // a query costs Postgres as much as a save
        }
    }

    private static boolean holds(Postgres postgres, String condition) {
        var row =
                Rig.await(postgres.pool().query(condition).execute()).iterator().next();
        return Boolean.TRUE.equals(row.getBoolean(0));
    }
}
