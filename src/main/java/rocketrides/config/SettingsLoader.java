package rocketrides.config;

import java.lang.reflect.Constructor;
import java.lang.reflect.RecordComponent;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Creates {@link Settings} from a YAML file and the environment, which takes precedence. If anything is invalid, it
 * throws an exception with all errors. It never corrects or ignores a value.
 */
public final class SettingsLoader {
    private static final String PREFIX = "ROCKET_RIDES_";

    private final SettingsFile file;
    private final Map<String, String> environment;
    private final List<String> errors;

    /** The keys of all records that have been read, in their order. */
    final Set<String> known = new LinkedHashSet<>();

    SettingsLoader(SettingsFile file, Map<String, String> environment) {
        this.file = file;
        this.environment = environment;
        this.errors = new ArrayList<>(file.errors);
    }

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
        var loader = new SettingsLoader(
                file.map(SettingsFile::read).orElseGet(() -> new SettingsFile("", "")),
                ServiceLinks.without(environment));
        Settings settings = loader.read(application);
        List<String> errors = loader.errors();
        if (!errors.isEmpty()) {
            throw new InvalidSettingsException(errors);
        }
        return settings;
    }

    /** An invalid section is null. The name of a component of {@link Settings} is the name of its section. */
    Settings read(Map<Class<? extends Record>, String> application) {
        Map<Class<?>, Object> own = new HashMap<>();
        List<Object> sections = new ArrayList<>();
        for (RecordComponent section : Settings.class.getRecordComponents()) {
            sections.add(section.getType().isRecord() ? read(section.getName(), section.getType()) : own);
        }
        application.forEach((type, section) -> own.put(type, read(section, type)));
        return construct("settings", Settings.class, sections);
    }

    /**
     * The section's record, or null if anything in it is invalid. Several records may share a section. Throws
     * {@link IllegalArgumentException} if the record's class cannot be a section.
     */
    private <R> R read(String section, Class<R> type) {
        List<Object> values = new ArrayList<>();
        for (RecordComponent component : type.getRecordComponents()) {
            values.add(value(section + "." + name(component), component));
        }
        return values.contains(null) ? null : construct(section, type, values);
    }

    /**
     * Takes, in order of precedence, the key's own environment variable, the setting's other variable, the file, the
     * default. All that are given must be valid.
     */
    private Object value(String key, RecordComponent component) {
        ValueFormat format = ValueFormat.of(component);
        Setting setting = component.getAnnotation(Setting.class);
        List<WrittenValue> written = new ArrayList<>();
        Optional.ofNullable(file.values.get(key)).ifPresent(written::add);
        addVariable(key, setting.variable(), written);
        addVariable(key, variable(key), written);
        if (written.isEmpty()) {
            written.add(new WrittenValue(key, Optional.of(setting.value()), "(the default)"));
        }
        if (!known.add(key)) {
            throw new IllegalArgumentException("two records have the key " + key);
        }
        List<Object> parsed =
                written.stream().map(value -> parse(value, format)).toList();
        return parsed.contains(null) ? null : parsed.get(parsed.size() - 1);
    }

    /** Returns null and adds an error if the value is invalid. */
    private Object parse(WrittenValue value, ValueFormat format) {
        String text = value.text().orElse("");
        String problem = value.text().isPresent() && text.isEmpty() ? " is empty" : " is not valid";
        try {
            if (text.indexOf('\uFFFD') >= 0) {
                throw new IllegalArgumentException("it holds U+FFFD, which stands for what this JVM could not read in"
                        + " its locale; " + ExactPath.REMEDY);
            }
            Object parsed = format.parse(text);
            if (parsed != null) {
                return parsed;
            }
        } catch (IllegalArgumentException e) {
            problem += ": " + e.getMessage();
        }
        errors.add(value + problem + "; allowed: " + format.allowed());
        return null;
    }

    /** A record may check further rules in its constructor, and throw {@link IllegalArgumentException}. */
    private <R> R construct(String section, Class<R> type, List<Object> values) {
        try {
            var types = Arrays.stream(type.getRecordComponents())
                    .map(RecordComponent::getType)
                    .toArray(Class<?>[]::new);
            Constructor<R> constructor = type.getDeclaredConstructor(types);
            constructor.setAccessible(true);
            return constructor.newInstance(values.toArray());
        } catch (ReflectiveOperationException e) {
            if (e.getCause() instanceof IllegalArgumentException refused) {
                errors.add(section + " is not valid: " + refused.getMessage());
                return null;
            }
            throw new IllegalArgumentException(type + " cannot be made", e);
        }
    }

    /**
     * All errors, including unknown keys and sections: those of the file in the order of its lines, then the others.
     * Call this once, after all sections have been read.
     */
    List<String> errors() {
        Set<String> sections =
                known.stream().map(SettingsLoader::section).collect(Collectors.toCollection(LinkedHashSet::new));
        Set<String> names = new LinkedHashSet<>(sections);
        names.addAll(known);
        String all = "sections are " + String.join(", ", sections);
        for (WrittenValue value : file.outsideSections) {
            if (!sections.contains(value.name())) {
                errors.add(value + " is unknown; " + all + didYouMean(value.name(), names));
            } else if (!value.text().equals(Optional.of(""))) {
                errors.add(value + " is not valid; allowed: the section's keys, indented below it: "
                        + keysOf(value.name()));
            }
        }
        for (WrittenValue value : file.values.values()) {
            String name = value.name();
            if (!known.contains(name)) {
                String section = section(name);
                String there = sections.contains(section) ? section + " has " + keysOf(section) : all;
                errors.add(value + " is unknown; " + there + didYouMean(name, known));
            }
        }
        List<String> variables = known.stream().map(SettingsLoader::variable).toList();
        new TreeMap<>(environment).forEach((name, text) -> {
            if (name.startsWith(PREFIX) && !variables.contains(name)) {
                var value = new WrittenValue(name, Optional.of(text), "in the environment");
                errors.add(value + " is unknown" + didYouMean(name, variables));
            }
        });
        errors.sort(Comparator.comparingLong(file::lineOf));
        return errors;
    }

    private void addVariable(String key, String variable, List<WrittenValue> written) {
        Optional.ofNullable(environment.get(variable))
                .ifPresent(text -> written.add(
                        new WrittenValue(key, Optional.of(text), "in the environment variable " + variable)));
    }

    static String variable(String key) {
        return PREFIX + key.toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_');
    }

    private static String name(RecordComponent component) {
        return component.getName().replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
    }

    private static String section(String key) {
        return key.substring(0, key.indexOf('.'));
    }

    private String keysOf(String section) {
        return known.stream()
                .filter(key -> section(key).equals(section))
                .map(key -> key.substring(section.length() + 1))
                .collect(Collectors.joining(", "));
    }

    private static String didYouMean(String name, Collection<String> candidates) {
        return "; did you mean " + NearestName.of(name, candidates) + "?";
    }
}
