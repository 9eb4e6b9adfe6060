package rocketrides.config;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.ScalarEvent;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/**
 * The single values of a YAML file, with their lines. Works on events rather than on a tree: so each value keeps its
 * line and the text that was written, and neither aliases nor deep nesting can cost anything.
 */
final class SettingsFile {
    private static final int DEEPEST = 20;
    private static final Set<String> NULL = Set.of("", "~", "null", "Null", "NULL");

    private final String name;
    private final Iterator<Event> events;
    private final Map<String, Given> values = new LinkedHashMap<>();
    private final List<Given> outsideSections = new ArrayList<>();
    private final List<String> errors = new ArrayList<>();

    /** {@code name}: how errors call the file. */
    SettingsFile(String name, String yaml) {
        this.name = name;
        this.events = new Parse(LoadSettings.builder().setLabel(name).build())
                .parseString(yaml)
                .iterator();
        try {
            document();
        } catch (MarkedYamlEngineException e) {
            notYaml(e.getProblemMark().map(SettingsFile::line).orElse(""), e.getProblem());
        } catch (YamlEngineException e) {
            notYaml("", e.getMessage());
        }
    }

    // the problem alone: the exception's whole message quotes the file, passwords included, and so do tag handles
    private void notYaml(String line, String problem) {
        errors.add(name + line + " is not YAML: " + Given.printable(problem.replaceFirst("(tag handle) .*", "$1")));
    }

    /** By {@code section.key}, in the file's order. */
    Map<String, Given> values() {
        return values;
    }

    /** What stands where a section belongs; its text is empty for a section without keys. */
    List<Given> outsideSections() {
        return outsideSections;
    }

    /** What is wrong with the file itself. */
    List<String> errors() {
        return errors;
    }

    private void document() {
        events.next(); // the stream's start
        if (events.next().getEventId() == Event.ID.StreamEnd) {
            return;
        }
        Event root = events.next();
        if (root.getEventId() == Event.ID.MappingStart) {
            entries("", this::section);
        } else if (!text(root).equals(Optional.of(""))) {
            errors.add(at(root) + " is not valid; allowed: a mapping of sections");
            skip(root);
        }
        events.next(); // the document's end
        Event end = events.next();
        if (end.getEventId() != Event.ID.StreamEnd) {
            errors.add(at(end) + " starts a second document; allowed: one");
        }
    }

    private void section(String section, Event value) {
        int before = values.size();
        if (value.getEventId() == Event.ID.MappingStart) {
            entries(section + ".", (key, text) -> values.put(key, given(key, text)));
            if (values.size() == before) {
                outsideSections.add(new Given(section, Optional.of(""), "in " + at(value)));
            }
        } else {
            outsideSections.add(given(section, value));
        }
    }

    /** Hands over the entries of the mapping just begun; who takes a value takes all of its events. */
    private void entries(String prefix, BiConsumer<String, Event> taker) {
        Map<String, Event> seen = new HashMap<>();
        for (Event key = events.next(); key.getEventId() != Event.ID.MappingEnd; key = events.next()) {
            if (!(key instanceof ScalarEvent scalar)) {
                errors.add(at(key) + " has a key that is not valid; allowed: a name");
                skip(key);
                skip(events.next());
                continue;
            }
            String name = prefix + scalar.getValue();
            Event value = events.next();
            Event first = seen.putIfAbsent(name, key);
            if (first == null) {
                taker.accept(name, value);
            } else {
                errors.add(Given.shown(name) + " is given twice: in " + at(first) + " and in " + at(key));
                skip(value);
            }
        }
    }

    private Given given(String name, Event value) {
        skip(value);
        return new Given(name, text(value), "in " + at(value));
    }

    private static Optional<String> text(Event value) {
        if (!(value instanceof ScalarEvent scalar)) {
            return Optional.empty();
        }
        return Optional.of(scalar.isPlain() && NULL.contains(scalar.getValue()) ? "" : scalar.getValue());
    }

    /** Goes past the rest of a list or mapping. */
    private void skip(Event value) {
        int depth = depth(value);
        while (depth > 0) {
            depth += depth(events.next());
            if (depth > DEEPEST) {
                throw new YamlEngineException("lists and mappings within each other more than " + DEEPEST + " times");
            }
        }
    }

    private static int depth(Event event) {
        return switch (event.getEventId()) {
            case MappingStart, SequenceStart -> 1;
            case MappingEnd, SequenceEnd -> -1;
            default -> 0;
        };
    }

    private String at(Event event) {
        return name + event.getStartMark().map(SettingsFile::line).orElse("");
    }

    private static String line(Mark mark) {
        return ", line " + (mark.getLine() + 1);
    }
}
