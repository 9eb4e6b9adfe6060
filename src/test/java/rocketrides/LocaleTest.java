package rocketrides;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import rocketrides.testing.ForkedMain;

/** Without UTF-8, a JVM reads {@code données} as {@code donn??es}, which would be another directory. */
@EnabledOnOs(OS.LINUX)
class LocaleTest {
    private static final Map<String, String> C = Map.of("LC_ALL", "C");

    @TempDir
    Path directory;

    @BeforeEach
    void canSpellItHere() {
        assumeTrue("UTF-8".equals(System.getProperty("sun.jnu.encoding")), "this JVM cannot make the directory");
    }

    @Test
    void aDirectoryThatTheLocaleCannotSpellIsRefused() throws Exception {
        var accented = Files.createDirectory(directory.resolve("données"));
        var ran = ForkedMain.run(accented, C, List.of());
        assertEquals(2, ran.exitCode(), ran::output);
        assertTrue(ran.output().contains("embedded.data-dir = '.rocket-rides'"), ran::output);
        assertTrue(ran.output().contains("set LC_ALL=C.UTF-8"), ran::output);
        try (var left = Files.list(directory)) {
            assertEquals(Set.of(accented), left.collect(Collectors.toSet()), "a sibling was made");
        }
    }

    @Test
    void soAreFilesAndWhatTheyName() throws Exception {
        var file = Files.writeString(directory.resolve("é.yaml"), "embedded:\n  data-dir: /tmp/données\n");
        var unreadable = ForkedMain.run(directory, C, List.of(), "status", "--conf", file.toString());
        assertEquals(2, unreadable.exitCode(), unreadable::output);
        assertTrue(unreadable.output().contains("set LC_ALL=C.UTF-8"), unreadable::output);

        Files.move(file, directory.resolve("e.yaml"));
        var named = ForkedMain.run(directory, C, List.of(), "status", "--conf", "e.yaml");
        assertEquals(2, named.exitCode(), named::output);
        assertTrue(named.output().contains("embedded.data-dir = "), named::output);
        assertTrue(named.output().contains("e.yaml, line 2 is not valid"), named::output);
        assertTrue(named.output().contains("set LC_ALL=C.UTF-8"), named::output);
    }
}
