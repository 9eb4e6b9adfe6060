package rocketrides.config;

import static java.util.concurrent.TimeUnit.MINUTES;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Any bytes in a file give settings, or errors of one line each that contain no password. */
@Timeout(value = 30, unit = MINUTES)
class SettingsLoaderFuzzTest {
    @TempDir
    static Path directory;

    @FuzzTest
    void anyFile(byte[] bytes) throws IOException {
        var file = Files.write(directory.resolve("fuzz.yaml"), bytes);
        try {
            assertFalse(SettingsLoader.load(Optional.of(file), Map.of(), Map.of())
                    .toString()
                    .contains(":secret@"));
        } catch (InvalidSettingsException refused) {
            assertTrue(!refused.errors().isEmpty(), "no errors");
            for (var error : refused.errors()) {
                assertFalse(error.contains(":secret@"), error);
                assertTrue(error.indexOf('\n') < 0 && !error.isBlank(), error);
            }
        }
    }
}
