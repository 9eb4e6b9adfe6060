package rocketrides.testing;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Runs the program in its own JVM, for what is fixed at a JVM's start: its encoding and its hosts file. */
public record ForkedMain(int exitCode, String output) {

    /** Runs until the program ends, for at most half a minute. */
    public static ForkedMain run(
            Path directory, Map<String, String> environment, List<String> jvmOptions, String... arguments)
            throws IOException, InterruptedException {
        var command = new ArrayList<String>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(jvmOptions);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), "rocketrides.Main"));
        command.addAll(List.of(arguments));
        var output = Files.createTempFile("forked", ".txt");
        try {
            var builder = new ProcessBuilder(command)
                    .directory(directory.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile());
            builder.environment().putAll(environment);
            var process = builder.start();
            try {
                assertTrue(process.waitFor(30, TimeUnit.SECONDS), () -> "still runs: " + read(output));
            } finally {
                process.destroyForcibly().waitFor();
            }
            return new ForkedMain(process.exitValue(), read(output));
        } finally {
            Files.delete(output);
        }
    }

    private static String read(Path output) {
        try {
            return new String(Files.readAllBytes(output), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
