package rocketrides.config;

import java.lang.reflect.RecordComponent;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Creates {@link Settings} from a YAML file and the environment, which takes precedence. If anything is invalid, it
 * throws an exception with all errors. It never corrects or ignores a value.
 */
public final class SettingsLoader {
    private SettingsLoader() {}

    /**
     * Loads the settings. Without a file, or with an empty one, all settings have their defaults, which are those of
     * {@code conf/demo.yaml}. Throws {@link InvalidSettingsException} if a setting is invalid or the file cannot be
     * read.
     *
     * @param application the application's own records, each with the name of its section. The section may be one
     *     of the program's, which then also has the record's keys. Each component needs a {@link Setting}
     */
    public static Settings load(
            Optional<Path> file, Map<String, String> environment, Map<Class<? extends Record>, String> application) {
        var reader = new SettingsReader(
                file.map(SettingsFile::read).orElseGet(() -> new SettingsFile("", "")),
                ServiceLinks.without(environment));
        Settings settings = read(reader, application);
        List<String> errors = reader.errors();
        if (!errors.isEmpty()) {
            throw new InvalidSettingsException(errors);
        }
        return settings;
    }

    /** An invalid section is null. The name of a component of {@link Settings} is the name of its section. */
    static Settings read(SettingsReader reader, Map<Class<? extends Record>, String> application) {
        Map<Class<?>, Object> own = new HashMap<>();
        List<Object> sections = new ArrayList<>();
        for (RecordComponent section : Settings.class.getRecordComponents()) {
            sections.add(section.getType().isRecord() ? reader.read(section.getName(), section.getType()) : own);
        }
        application.forEach((type, section) -> own.put(type, reader.read(section, type)));
        return reader.construct("settings", Settings.class, sections);
    }
}
