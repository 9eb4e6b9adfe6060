package rocketrides.config;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import rocketrides.testing.TestSettings;

/** docs/settings.md has each key with the program's default and range. */
class SettingsPageTest {

    @Test
    void thePageSaysWhatTheProgramDoes() throws IOException {
        var application = TestSettings.SECTIONS.entrySet().stream()
                .flatMap(section -> rows(section.getValue(), section.getKey()));
        var program = Arrays.stream(Settings.class.getRecordComponents())
                .filter(section -> section.getType().isRecord())
                .flatMap(section -> rows(section.getName(), section.getType()));
        assertEquals(sorted(Stream.concat(program, application)), sorted(page()));
    }

    private static Stream<String> rows(String section, Class<?> record) {
        return Arrays.stream(record.getRecordComponents())
                .filter(component -> component.isAnnotationPresent(Setting.class))
                .map(component -> row(section, component));
    }

    private static String row(String section, RecordComponent component) {
        var setting = component.getAnnotation(Setting.class);
        var key = component.getName().replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
        var allowed = setting.in().isEmpty() ? "" : " `" + setting.in() + "`";
        return "| `" + section + "." + key + "` | `" + setting.value() + "` |" + allowed + " |";
    }

    /** The first three columns. */
    private static Stream<String> page() throws IOException {
        return Files.readAllLines(Path.of("docs/settings.md")).stream()
                .filter(line -> line.startsWith("| `"))
                .map(line -> line.split(" \\|", -1))
                .map(columns -> columns[0] + " |" + columns[1] + " |" + columns[2] + " |");
    }

    private static String sorted(Stream<String> rows) {
        return rows.collect(Collectors.toCollection(TreeSet::new)).stream().collect(Collectors.joining("\n"));
    }
}
