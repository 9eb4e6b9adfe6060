package rocketrides.embedded;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import rocketrides.servers.ServerException;

/**
 * Runs commands, and finds servers that run in the background. A server is identified by its program and by the data
 * directory on its command line. A process ID is not enough: the operating system reuses it, and another process could
 * be stopped.
 */
public final class Processes {
    private static final Duration POLL = Duration.ofMillis(20);
    private static final int BYTES_SHOWN = 2_000;

    private Processes() {}

    public record Outcome(int exitCode, String output) {}

    /**
     * Runs a command and waits for its end. Its output goes to a file: a daemon would inherit a pipe and keep it open.
     */
    public static Outcome run(Path directory, Duration limit, String input, List<String> command) {
        Path output = null;
        Process process = null;
        try {
            output = Files.createTempFile(directory, "output-", ".tmp");
            ProcessBuilder builder = new ProcessBuilder(command)
                    .directory(directory.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile());
            builder.environment().keySet().removeIf(name -> name.startsWith("PG"));
            builder.environment().put("LC_ALL", "C");
            process = builder.start();
            try (OutputStream stdin = process.getOutputStream()) {
                stdin.write(input.getBytes(StandardCharsets.UTF_8));
            }
            if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new ServerException(
                        program(command) + " did not end within " + limit + ": " + Files.readString(output));
            }
            return new Outcome(process.exitValue(), Files.readString(output).strip());
        } catch (IOException e) {
            throw new ServerException("Cannot run " + program(command) + " in " + directory + ": " + e, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ServerException("Interrupted while running " + program(command), e);
        } finally {
            if (process != null) {
                process.destroyForcibly();
            }
            if (output != null) {
                Directories.deleteQuietly(output);
            }
        }
    }

    /**
     * The processes of this program with exactly this argument. Zombies have no command line, so they are not found.
     */
    public static List<ProcessHandle> running(String program, Path argument) {
        return ProcessHandle.allProcesses()
                .filter(process -> isProgram(process.info(), program, argument.toString()))
                .toList();
    }

    private static boolean isProgram(ProcessHandle.Info info, String program, String argument) {
        return info.command().filter(command -> command.contains(program)).isPresent()
                && info.arguments()
                        .filter(arguments -> Arrays.asList(arguments).contains(argument))
                        .isPresent();
    }

    /** Kills the server without a clean stop, as a last resort. Returns when the process has ended. */
    static void kill(String program, Path argument, Duration limit) {
        running(program, argument).forEach(ProcessHandle::destroyForcibly);
        if (!awaitGone(program, argument, limit)) {
            throw new ServerException(program + " on " + argument + " cannot be stopped");
        }
    }

    static ServerException didNotStart(String server, Path home, Path log) {
        return new ServerException(server + " in " + home + " did not start (" + Directories.room(home.getParent())
                + "). Its log, " + log + ", ends:\n" + tail(log));
    }

    static boolean awaitGone(String program, Path argument, Duration limit) {
        long deadline = System.nanoTime() + limit.toNanos();
        while (!running(program, argument).isEmpty()) {
            if (System.nanoTime() > deadline) {
                return false;
            }
            pause();
        }
        return true;
    }

    public static void pause() {
        LockSupport.parkNanos(POLL.toNanos());
    }

    private static String tail(Path log) {
        try (var in = Files.newInputStream(log)) {
            in.skipNBytes(Math.max(0, Files.size(log) - BYTES_SHOWN));
            return new String(in.readNBytes(BYTES_SHOWN), StandardCharsets.ISO_8859_1).strip();
        } catch (IOException e) {
            return "(no log: " + e + ")";
        }
    }

    private static String program(List<String> command) {
        return command.stream().filter(word -> word.startsWith("/")).findFirst().orElse(command.get(0));
    }
}
