package rocketrides.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** The CPU time that each part uses, from {@code /proc}. On systems without it, all figures are 0. */
final class Cpu {
    private static final Path PROC = Path.of("/proc");
    private static final double TICKS_PER_SECOND = 100;

    /** Fields of {@code /proc/<pid>/stat} after the command: user and system time, and the same of ended children. */
    private static final int FIRST_TIME = 11;

    private final ProcessHandle postmaster;
    private final Path redis;

    /**
     * Seconds of CPU in a time.
     *
     * @param seconds of the clock
     * @param program this JVM, which is program and load, and what it has started, for example pgbench
     * @param other everything else on the machine
     */
    record Used(double seconds, double postgres, double redis, double program, double other) {
        static final Used NOTHING = new Used(0, 0, 0, 0, 0);

        Used plus(Used more) {
            return new Used(
                    seconds + more.seconds,
                    postgres + more.postgres,
                    redis + more.redis,
                    program + more.program,
                    other + more.other);
        }

        private Used since(Used before) {
            return plus(new Used(-before.seconds, -before.postgres, -before.redis, -before.program, -before.other));
        }

        /** Of Postgres, Redis and this JVM. */
        double ours() {
            return postgres + redis + program;
        }

        /** The average number of cores that each part used. */
        String cores() {
            return seconds == 0 || ours() == 0
                    ? ""
                    : String.format(
                            Locale.ROOT,
                            "%.2f, %.2f, %.2f; %.2f",
                            postgres / seconds,
                            redis / seconds,
                            program / seconds,
                            other / seconds);
        }
    }

    /** The result of a trial, and the CPU that was used meanwhile. */
    record Measured<T>(T value, Used used) {}

    Cpu(ProcessHandle postmaster, long redisPid) {
        this.postmaster = postmaster;
        this.redis = PROC.resolve("" + redisPid);
    }

    <T> Measured<T> during(Supplier<T> trial) {
        var before = now();
        var value = trial.get();
        return new Measured<>(value, now().since(before));
    }

    private Used now() {
        if (!Files.exists(PROC.resolve("stat"))) {
            return Used.NOTHING;
        }
        double postgres = seconds(PROC.resolve("" + postmaster.pid()), true)
                + postmaster
                        .children()
                        .mapToDouble(child -> seconds(PROC.resolve("" + child.pid()), false))
                        .sum();
        double ofRedis = seconds(redis, false);
        double program = seconds(PROC.resolve("self"), true);
        return new Used(
                System.nanoTime() / 1e9, postgres, ofRedis, program, busySeconds() - postgres - ofRedis - program);
    }

    private static double seconds(Path process, boolean withEndedChildren) {
        var stat = read(process.resolve("stat"));
        var fields = stat.substring(stat.lastIndexOf(')') + 1).strip().split(" ");
        return fields.length <= FIRST_TIME
                ? 0 // it has ended; its parent's time contains it
                : sum(Arrays.stream(fields).skip(FIRST_TIME).limit(withEndedChildren ? 4 : 2));
    }

    /**
     * Of all CPUs together, in processes and in other virtual machines. Without interrupts: those of the loopback network
     * count for no process, but are caused by ours.
     */
    private static double busySeconds() {
        var fields = List.of(
                read(PROC.resolve("stat")).lines().findFirst().orElseThrow().split(" +"));
        int user = 1;
        int steal = 8;
        return sum(Stream.concat(fields.subList(user, user + 3).stream(), Stream.of(fields.get(steal))));
    }

    private static double sum(Stream<String> ticks) {
        return ticks.mapToLong(Long::parseLong).sum() / TICKS_PER_SECOND;
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (NoSuchFileException e) {
            return "";
        } catch (IOException e) {
            // The process ended while its file was read.
            if (Files.exists(file)) {
                throw new UncheckedIOException(e);
            }
            return "";
        }
    }
}
