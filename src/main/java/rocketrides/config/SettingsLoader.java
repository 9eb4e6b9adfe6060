package rocketrides.config;

import java.lang.reflect.RecordComponent;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Makes {@link Settings} of a YAML file and the environment, which outranks it. Either everything is valid, or nothing
 * comes back but all the errors; nothing is repaired or left out in silence.
 */
public final class SettingsLoader {
    private SettingsLoader() {}

    /**
     * Without a file, or with an empty one, all defaults, which are those of {@code conf/demo.yaml}. Throws
     * {@link InvalidSettingsException}, also for a file that cannot be read.
     *
     * @param application the application's own records with the section of each. A section may be one of the program's,
     *     which then has the record's keys, too. {@link Setting} says what their components have to be
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

    /** With null for a section that is refused. A component of {@link Settings} is named as its section. */
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
