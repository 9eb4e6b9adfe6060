package rocketrides.config;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What the file and the environment say, asked for key by key. A value that is refused is noted as an error, and the
 * default stands in for it so that the other keys can be looked at too; nobody gets to see such settings.
 */
final class Values {
    private static final String PREFIX = "ROCKET_RIDES_";

    private final SettingsFile file;
    private final Map<String, String> environment;
    private final List<String> errors;
    private final Set<String> refused = new HashSet<>();

    /** Every key asked for, in the table's order, with the value that counts. */
    private final Map<String, Given> known = new LinkedHashMap<>();

    Values(SettingsFile file, Map<String, String> environment) {
        this.file = file;
        this.environment = environment;
        this.errors = new ArrayList<>(file.errors());
    }

    /**
     * The value from, by rank, the key's own variable, the {@code originals} (variables of the original program), the
     * file, the default. All that are there must be valid, also those that another one outranks.
     */
    <T> T get(String key, Type<T> type, String fallback, String... originals) {
        Given counts = new Given(key, Optional.of(fallback), "(the default)");
        Optional<T> value = Optional.empty();
        for (Given given : given(key, originals)) {
            Optional<T> parsed = parse(given, type);
            if (parsed.isPresent()) {
                value = parsed;
                counts = given;
            } else {
                refused.add(key);
            }
        }
        known.put(key, counts);
        Given other = counts;
        // not even the default is valid if it is a path in a directory whose name this JVM cannot spell
        return value.or(() -> parse(other, type)).orElse(null);
    }

    /** Notes an error if it is empty. */
    private <T> Optional<T> parse(Given given, Type<T> type) {
        String problem = given.text().filter(String::isEmpty).isPresent() ? " is empty" : " is not valid";
        Optional<T> parsed = Optional.empty();
        if (given.text().orElse("").indexOf('\uFFFD') >= 0) {
            problem += ": it holds U+FFFD, which stands for what this JVM could not read in its locale; "
                    + ExactPath.REMEDY;
        }
        try {
            parsed = given.text().filter(text -> text.indexOf('\uFFFD') < 0).flatMap(type::parse);
        } catch (IllegalArgumentException e) {
            problem += ": " + e.getMessage();
        }
        if (parsed.isEmpty()) {
            errors.add(given + problem + "; allowed: " + type.allowed());
        }
        return parsed;
    }

    /** Notes that {@code key} goes against {@code other}, unless one of the two is refused already. */
    void refuse(String key, String allowed, String other) {
        if (!refused.contains(key) && !refused.contains(other)) {
            errors.add(known.get(key) + " is not valid; allowed: " + allowed + " " + known.get(other));
        }
    }

    /** Everything wrong, once the whole table has been asked for: what nobody asked for is unknown. */
    List<String> errors() {
        Set<String> sections = new LinkedHashSet<>();
        known.keySet().forEach(key -> sections.add(section(key)));
        Set<String> names = new LinkedHashSet<>(sections);
        names.addAll(known.keySet());

        List<String> all = new ArrayList<>(errors);
        for (Given given : file.outsideSections()) {
            if (!sections.contains(given.name())) {
                all.add(given + " is unknown; sections are " + String.join(", ", sections)
                        + didYouMean(given.name(), names));
            } else if (!given.text().equals(Optional.of(""))) {
                all.add(given + " is not valid; allowed: the section's keys, indented below it: "
                        + keysOf(given.name()));
            }
        }
        for (Given given : file.values().values()) {
            if (!known.containsKey(given.name())) {
                String section = section(given.name());
                all.add(given + " is unknown; "
                        + (sections.contains(section)
                                ? section + " has " + keysOf(section)
                                : "sections are " + String.join(", ", sections))
                        + didYouMean(given.name(), known.keySet()));
            }
        }
        all.addAll(unknownVariables());
        return all;
    }

    /** Every key, in the table's order. */
    Set<String> keys() {
        return known.keySet();
    }

    private List<String> unknownVariables() {
        List<String> variables = known.keySet().stream().map(Values::variable).toList();
        return environment.keySet().stream()
                .filter(name -> name.startsWith(PREFIX) && !variables.contains(name))
                .sorted()
                .map(name -> fromEnvironment(name, name) + " is unknown" + didYouMean(name, variables))
                .toList();
    }

    /** Lowest rank first. */
    private List<Given> given(String key, String... originals) {
        List<Given> given = new ArrayList<>();
        Optional.ofNullable(file.values().get(key)).ifPresent(given::add);
        for (String variable : originals) {
            addVariable(key, variable, given);
        }
        addVariable(key, variable(key), given);
        return given;
    }

    private void addVariable(String key, String variable, List<Given> given) {
        if (environment.containsKey(variable)) {
            given.add(fromEnvironment(key, variable));
        }
    }

    private Given fromEnvironment(String name, String variable) {
        String origin = "in the environment" + (name.equals(variable) ? "" : " variable " + variable);
        return new Given(name, Optional.of(environment.get(variable)), origin);
    }

    static String variable(String key) {
        return PREFIX + key.toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_');
    }

    private static String section(String key) {
        return key.substring(0, key.indexOf('.'));
    }

    private String keysOf(String section) {
        List<String> keys = known.keySet().stream()
                .filter(key -> section(key).equals(section))
                .map(key -> key.substring(section.length() + 1))
                .toList();
        return String.join(", ", keys);
    }

    private static String didYouMean(String name, Collection<String> candidates) {
        return "; did you mean " + NearestName.of(name, candidates) + "?";
    }
}
