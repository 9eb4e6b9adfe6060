package rocketrides.chaos;

import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** Runs short commands of the operating system. */
final class Shell {
    private Shell() {}

    /** The output of the command. Throws with the output if the command fails. */
    static String run(String... command) throws IOException {
        var process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        var output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        try {
            if (process.waitFor() != 0) {
                throw new IOException(String.join(" ", command) + ": " + output.strip());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
        return output;
    }
}
