package rocketrides.config;

import static java.util.concurrent.TimeUnit.MINUTES;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import rocketrides.testing.TestSettings;

/** Any file gives either settings, or errors of one line each. */
@Timeout(value = 30, unit = MINUTES)
class SettingsFuzzTest {
    private static final String[] PIECES = {
        "\n",
        "\n  ",
        "\t",
        ": ",
        "- ",
        "[",
        "]",
        "{",
        "}",
        "'",
        "\"",
        "#",
        "&a ",
        "*a",
        "!!x ",
        "? ",
        "|",
        ">",
        "---\n",
        "...\n",
        "%",
        "@",
        "`",
        "\\",
        "\u0000",
        "\uFEFF",
        "\uD800",
        "\u2028",
        "\r",
        "<<",
        "null",
        "~",
        "9",
        "0s..2s",
        "embedded"
    };

    @TempDir
    Path directory;

    @Test
    void brokenFilesGiveErrorsOnOneLineEachAndNothingElse() throws IOException {
        var random = new Random(11);
        String demo = Files.readString(Path.of("conf/demo.yaml")).replaceAll(" *#.*", "");
        int accepted = 0;
        for (int i = 0; i < 1_000; i++) {
            var yaml = new StringBuilder(demo);
            for (int n = random.nextInt(4); n > 0; n--) {
                int at = random.nextInt(yaml.length());
                int end = Math.min(yaml.length(), at + random.nextInt(4));
                yaml.replace(at, end, PIECES[random.nextInt(PIECES.length)]);
            }
            accepted += load(yaml.toString()) ? 1 : 0;
        }
        assertTrue(accepted > 200 && accepted < 800, "accepted " + accepted);
    }

    @Test
    void whatIsAcceptedFromTheFileIsAcceptedFromTheEnvironment() throws IOException {
        String yaml = Files.readString(Path.of("conf/load.yaml"));
        var environment = new java.util.HashMap<String, String>();
        new SettingsFile("load", yaml)
                .values.forEach((key, written) -> environment.put(
                        SettingsLoader.variable(key), written.text().orElseThrow()));
        assertEquals(
                SettingsLoader.load(Optional.of(Path.of("conf/load.yaml")), Map.of(), TestSettings.SECTIONS),
                SettingsLoader.load(Optional.empty(), environment, TestSettings.SECTIONS));
    }

    private boolean load(String yaml) throws IOException {
        Path file = directory.resolve("test.yaml");
        Files.write(file, yaml.getBytes(java.nio.charset.StandardCharsets.UTF_8));
        try {
            SettingsLoader.load(Optional.of(file), Map.of(), TestSettings.SECTIONS);
            return true;
        } catch (InvalidSettingsException e) {
            assertFalse(e.errors().isEmpty());
            e.errors().forEach(error -> assertFalse(error.matches("(?s).*[\\p{Cc}\\u2028\\u2029].*"), error));
            return false;
        }
    }
}
