package rocketrides.config;

import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Creates the sections' records from the file and the environment, and collects all errors. */
final class SettingsReader {
    private static final String PREFIX = "ROCKET_RIDES_";

    private final SettingsFile file;
    private final Map<String, String> environment;
    private final List<String> errors;

    /** All keys, in the order of the records, with the value that takes precedence. */
    private final Map<String, WrittenValue> known = new LinkedHashMap<>();

    SettingsReader(SettingsFile file, Map<String, String> environment) {
        this.file = file;
        this.environment = environment;
        this.errors = new ArrayList<>(file.errors());
    }

    /**
     * The section's record, or null if anything in it is invalid. Several records may share a section. Throws
     * {@link IllegalArgumentException} if the record's class cannot be a section.
     */
    <R> R read(String section, Class<R> type) {
        Map<String, Object> values = new LinkedHashMap<>();
        for (RecordComponent component : type.getRecordComponents()) {
            String key = section + "." + name(component);
            values.put(key, value(key, component));
        }
        for (RecordComponent component : type.getRecordComponents()) {
            String limit = component.getAnnotation(Setting.class).atMost();
            if (!limit.isEmpty()) {
                checkOrder(section + "." + name(component), section + "." + limit, values);
            }
        }
        return values.containsValue(null) ? null : construct(section, type, values.values());
    }

    /**
     * Takes, in order of precedence, the key's own environment variable, the setting's other variable, the file, the
     * default. All that are given must be valid.
     */
    private Object value(String key, RecordComponent component) {
        ValueFormat format = ValueFormat.of(component);
        Setting setting = component.getAnnotation(Setting.class);
        List<WrittenValue> written = new ArrayList<>();
        Optional.ofNullable(file.values().get(key)).ifPresent(written::add);
        addVariable(key, setting.variable(), written);
        addVariable(key, variable(key), written);
        if (written.isEmpty()) {
            written.add(new WrittenValue(key, Optional.of(setting.value()), "(the default)"));
        }
        if (known.put(key, written.get(written.size() - 1)) != null) {
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
        Object parsed = null;
        if (text.indexOf('\uFFFD') >= 0) {
            problem += ": it holds U+FFFD, which stands for what this JVM could not read in its locale; "
                    + ExactPath.REMEDY;
        } else {
            try {
                parsed = format.parse(text);
            } catch (IllegalArgumentException e) {
                problem += ": " + e.getMessage();
            }
        }
        if (parsed == null) {
            errors.add(value + problem + "; allowed: " + format.allowed());
        }
        return parsed;
    }

    private void checkOrder(String key, String limit, Map<String, Object> values) {
        Object value = values.get(key);
        Object most = values.get(limit);
        if (value != null && most != null && ValueFormat.compare(value, most) > 0) {
            errors.add(known.get(key) + " is not valid; allowed: at most " + known.get(limit));
        }
    }

    /** A record may check further rules in its constructor, and throw {@link IllegalArgumentException}. */
    <R> R construct(String section, Class<R> type, Collection<Object> values) {
        try {
            var types = Arrays.stream(type.getRecordComponents())
                    .map(RecordComponent::getType)
                    .toArray(Class<?>[]::new);
            Constructor<R> constructor = type.getDeclaredConstructor(types);
            constructor.setAccessible(true);
            return constructor.newInstance(values.toArray());
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof IllegalArgumentException refused) {
                errors.add(section + " is not valid: " + refused.getMessage());
                return null;
            }
            throw new IllegalArgumentException(type + " cannot be made", e);
        } catch (ReflectiveOperationException e) {
            throw new IllegalArgumentException(type + " cannot be made", e);
        }
    }

    /**
     * All errors, including unknown keys and sections: those of the file in the order of its lines, then the others.
     * Call this once, after all sections have been read.
     */
    List<String> errors() {
        Set<String> sections = known.keySet().stream()
                .map(SettingsReader::section)
                .collect(Collectors.toCollection(LinkedHashSet::new));
        Set<String> names = new LinkedHashSet<>(sections);
        names.addAll(known.keySet());
        String all = "sections are " + String.join(", ", sections);
        for (WrittenValue value : file.outsideSections()) {
            if (!sections.contains(value.name())) {
                errors.add(value + " is unknown; " + all + didYouMean(value.name(), names));
            } else if (!value.text().equals(Optional.of(""))) {
                errors.add(value + " is not valid; allowed: the section's keys, indented below it: "
                        + keysOf(value.name()));
            }
        }
        for (WrittenValue value : file.values().values()) {
            String name = value.name();
            if (!known.containsKey(name)) {
                String section = section(name);
                String there = sections.contains(section) ? section + " has " + keysOf(section) : all;
                errors.add(value + " is unknown; " + there + didYouMean(name, known.keySet()));
            }
        }
        List<String> variables =
                known.keySet().stream().map(SettingsReader::variable).toList();
        new TreeMap<>(environment).forEach((name, text) -> {
            if (name.startsWith(PREFIX) && !variables.contains(name)) {
                var value = new WrittenValue(name, Optional.of(text), "in the environment");
                errors.add(value + " is unknown" + didYouMean(name, variables));
            }
        });
        errors.sort(Comparator.comparingLong(file::lineOf));
        return errors;
    }

    /** Every key of the records that have been read. */
    Set<String> keys() {
        return known.keySet();
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
        return known.keySet().stream()
                .filter(key -> section(key).equals(section))
                .map(key -> key.substring(section.length() + 1))
                .collect(Collectors.joining(", "));
    }

    private static String didYouMean(String name, Collection<String> candidates) {
        return "; did you mean " + NearestName.of(name, candidates) + "?";
    }
}
