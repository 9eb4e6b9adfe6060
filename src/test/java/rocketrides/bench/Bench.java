package rocketrides.bench;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Measures everything on this machine, including servers and load, and prints one table. */
@Command(name = "bench", mixinStandardHelpOptions = true)
public final class Bench implements Callable<Integer> {
    @Option(names = "--quick", description = "Small and short: a few minutes, to see that everything works.")
    private boolean quick;

    @Option(
            names = "--only",
            split = ",",
            description = "Some of: http, end-to-end, connections, latency, processes, rates, backlog, idle, start;"
                    + " or scale, which takes ten minutes by itself. Default: all but scale.")
    private Set<String> only =
            Set.of("http", "end-to-end", "connections", "latency", "processes", "rates", "backlog", "idle", "start");

    @Option(names = "--rounds", description = "Of each throughput. Default: 3; with --quick 1.")
    private int rounds;

    @Option(names = "--batch-size", description = "Of streamer and consumers. Default: ${DEFAULT-VALUE}.")
    private int batchSize = 1_000;

    @Option(
            names = "--embedded-redis",
            description = "Redis as in the demo, even if there is a redis-server on this machine.")
    private boolean embeddedRedis;

    @Option(names = "--out", description = "Where table, plots and servers go. Default: ${DEFAULT-VALUE}.")
    private Path out = Path.of("target", "bench");

    @Option(names = "--jar", description = "Whose start is measured. Default: ${DEFAULT-VALUE}.")
    private Path jar = Path.of("target", "rocket-rides-log.jar");

    private boolean voided;

    private Bench() {}

    public static void main(String[] args) {
        System.setProperty("vertx.logger-delegate-factory-class-name", "io.vertx.core.logging.SLF4JLogDelegateFactory");
        System.exit(new CommandLine(new Bench()).execute(args));
    }

    @Override
    public Integer call() throws Exception {
        rounds = rounds > 0 ? rounds : quick ? 1 : 3;
        out = Files.createDirectories(out.toAbsolutePath());
        var report = new BenchReport();
        String heading;
        try (var rig = new Rig(out.resolve("servers"), embeddedRedis)) {
            heading = Machine.describe(rig);
            System.out.println(heading);
            var http = new HttpTrials(rig, report, out, rounds, quick, batchSize);
            var relay = new RelayTrials(rig, report, out, rounds, quick, batchSize);
            run(report, "http", http::throughput);
            run(report, "end-to-end", http::endToEnd);
            run(report, "connections", http::idleConnections);
            run(report, "latency", http::latency);
            run(report, "processes", http::processes);
            run(report, "rates", relay::rates);
            run(report, "backlog", relay::backlogs);
            run(report, "idle", relay::idleTransaction);
            report.atMost(
                    "peak memory of this JVM: program, load and benchmark",
                    Rounds.of(Machine.peakMegabytes()),
                    "MB",
                    512);
            run(report, "scale", new ScaleTrial(rig, jar.toAbsolutePath(), out, quick)::run);
            run(report, "start", new StartTrial(rig, report, jar.toAbsolutePath(), out, rounds)::run);
            heading += String.format(Locale.ROOT, " Load at the end: %.1f.", Machine.load());
        }
        System.out.println("\n" + report.write(out.resolve("table.md"), heading));
        return voided ? CommandLine.ExitCode.SOFTWARE : CommandLine.ExitCode.OK;
    }

    private interface Trial {
        void run() throws Exception;
    }

    private void run(BenchReport report, String name, Trial trial) throws Exception {
        if (!only.contains(name)) {
            return;
        }
        try {
            trial.run();
        } catch (RuntimeException e) {
            voided = true;
            report.voided(name, e);
        }
    }
}
