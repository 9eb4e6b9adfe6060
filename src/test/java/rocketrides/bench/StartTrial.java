package rocketrides.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Starts the jar as a user does. Measures the time until a consumer has counted the first ride, and the size of the
 * jar.
 */
final class StartTrial {
    /** Not the total, which the audit also logs before this process has counted anything. */
    private static final String COUNTED = " consumed ";

    private final Rig rig;
    private final BenchReport report;
    private final Path jar;
    private final Path out;
    private final int rounds;

    StartTrial(Rig rig, BenchReport report, Path jar, Path out, int rounds) {
        this.rig = rig;
        this.report = report;
        this.jar = jar;
        this.out = out;
        this.rounds = rounds;
    }

    void run() throws IOException {
        if (!Files.exists(jar)) {
            System.out.println("There is no " + jar + ", so its start is not measured");
            return;
        }
        var directory = Files.createDirectories(out.resolve("start"));
        var second = new Rounds();
        var external = new Rounds();
        var archived = new Rounds();
        var archive = directory.toAbsolutePath().resolve("rocket-rides-log.jsa");
        secondsToCount(directory, Map.of(), "-XX:ArchiveClassesAtExit=" + archive);
        for (int i = 0; i < rounds; i++) {
            second.add(rig.cpu.during(() -> secondsToCount(directory, Map.of())));
            try (var log = rig.newLog()) {
                var servers = Map.of("DATABASE_URL", log.uri(), "REDIS_URL", rig.redis, "STREAM_NAME", "start-" + i);
                external.add(rig.cpu.during(() -> secondsToCount(directory, servers)));
            }
            try (var log = rig.newLog()) {
                var servers = Map.of("DATABASE_URL", log.uri(), "REDIS_URL", rig.redis, "STREAM_NAME", "archived-" + i);
                archived.add(
                        rig.cpu.during(() -> secondsToCount(directory, servers, "-XX:SharedArchiveFile=" + archive)));
            }
        }
        report.atMost("java -jar to the first ride counted, embedded servers, second start", second, "s", 4);
        report.atMost("java -jar to the first ride counted, external servers", external, "s", 1);
        report.atMost("the same with an archive of its classes, external servers", archived, "s", 1);
        report.measured("size of the jar", Rounds.of(Files.size(jar) / 1e6), "MB");
    }

    private double secondsToCount(Path directory, Map<String, String> environment, String... jvmOptions) {
        var java = new ArrayList<String>();
        java.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        java.addAll(List.of(jvmOptions));
        java.addAll(List.of("-jar", jar.toString()));
        var command = new ProcessBuilder(java).directory(directory.toFile()).redirectErrorStream(true);
        command.environment().putAll(environment);
        command.environment().put("API_PORT", "0");
        command.environment().put("ROCKET_RIDES_SIMULATOR_PAUSE", "0s..50ms");
        try {
            return secondsToCount(command);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static double secondsToCount(ProcessBuilder command) throws IOException {
        long start = System.nanoTime();
        var process = command.start();
        try (var lines = process.inputReader()) {
            for (var line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.contains(COUNTED)) {
                    return (System.nanoTime() - start) / 1e9;
                }
            }
            throw new IllegalStateException("the jar ended without counting a ride");
        } finally {
            process.destroy();
            process.onExit().join();
        }
    }
}
