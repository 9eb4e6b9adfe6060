package rocketrides.testing;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A child process of the harness. The harness must be its parent, to wait for its end: an unreaped server blocks the
 * next one.
 */
public final class OwnProcess {
    private final Process process;

    public OwnProcess(List<String> command, Map<String, String> environment, Path directory, Path output)
            throws IOException {
        var builder = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(output.toFile()));
        builder.environment().keySet().removeIf(name -> name.startsWith("ROCKET_RIDES_") || name.startsWith("PG"));
        builder.environment().put("LC_ALL", "C");
        builder.environment().putAll(environment);
        process = builder.start();
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    public int exitCode() {
        return process.exitValue();
    }

    /** kill -9 of the process and its descendants. Returns when all of them are gone. */
    public void kill() {
        var family = process.descendants().toList();
        process.destroyForcibly();
        family.forEach(ProcessHandle::destroyForcibly);
        awaitEnd();
        long deadline = System.nanoTime() + 5_000_000_000L;
        while (family.stream().anyMatch(OwnProcess::runs) && System.nanoTime() < deadline) {
            Pause.millis(5);
        }
    }

    /** A zombie, which only waits for its parent, has no command any more. */
    private static boolean runs(ProcessHandle child) {
        return child.isAlive() && child.info().command().isPresent();
    }

    public void terminate() {
        process.destroy();
        awaitEnd();
    }

    public void awaitEnd() {
        try {
            if (!process.waitFor(30, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Sends {@code STOP}, {@code CONT}, … to the process and its descendants. */
    public void signal(String name) throws IOException {
        var command = new java.util.ArrayList<>(List.of("kill", "-" + name, "" + process.pid()));
        process.descendants().map(child -> "" + child.pid()).forEach(command::add);
        var kill = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        try {
            kill.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
