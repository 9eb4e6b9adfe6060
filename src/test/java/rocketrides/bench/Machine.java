package rocketrides.bench;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.regex.Pattern;

/** The machine of the figures, and the durability settings that both servers report. */
final class Machine {
    private static final Pattern PEAK = Pattern.compile("VmHWM:\\s+(\\d+) kB");

    private Machine() {}

    static String describe(Rig rig) throws IOException {
        try (var log = rig.newLog()) {
            var postgres = log.row("SELECT current_setting('server_version'), current_setting('fsync'),"
                    + " current_setting('synchronous_commit'), current_setting('full_page_writes')");
            var redis = log.redis(io.vertx.redis.client.Command.INFO, "server").toString();
            return String.format(
                    Locale.ROOT,
                    "%d × %s, %s %s, Java %s. Load at the start: %.1f. Everything, load included, on this machine.%n"
                            + "PostgreSQL %s: fsync %s, synchronous_commit %s, full_page_writes %s. Redis %s (%s): appendonly %s, appendfsync %s.",
                    Runtime.getRuntime().availableProcessors(),
                    cpu(),
                    System.getProperty("os.name"),
                    System.getProperty("os.version"),
                    System.getProperty("java.version"),
                    load(),
                    postgres.getString(0),
                    postgres.getString(1),
                    postgres.getString(2),
                    postgres.getString(3),
                    redis.replaceAll("(?s).*redis_version:([^\\s]+).*", "$1"),
                    rig.usesMachineRedis() ? "of this machine" : "embedded",
                    setting(log, "appendonly"),
                    setting(log, "appendfsync"));
        }
    }

    /** The number of runnable processes, averaged over the last minute. */
    static double load() {
        return ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
    }

    private static String setting(BenchLog log, String name) {
        return log.redis(io.vertx.redis.client.Command.CONFIG, "GET", name)
                .get(1)
                .toString();
    }

    private static String cpu() throws IOException {
        var file = Path.of("/proc/cpuinfo");
        var model = Pattern.compile("model name\\s*: (.*)").matcher(Files.exists(file) ? Files.readString(file) : "");
        return model.find() ? model.group(1) : System.getProperty("os.arch");
    }

    /** The highest resident size; on systems that do not report it, that of the heap. */
    static double peakMegabytes() throws IOException {
        var file = Path.of("/proc/self/status");
        var peak = PEAK.matcher(Files.exists(file) ? Files.readString(file) : "");
        return peak.find()
                ? Long.parseLong(peak.group(1)) / 1024.0
                : Runtime.getRuntime().totalMemory() / 1048576.0;
    }
}
