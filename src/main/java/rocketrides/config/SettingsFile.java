package rocketrides.config;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;

/** The single values of a YAML file, as they were written, with their lines. */
final class SettingsFile {
    private static final int DEEPEST = 20;
    private static final Set<String> NULL = Set.of("", "~", "null", "Null", "NULL");

    private final String name;
    private final Map<String, WrittenValue> values = new LinkedHashMap<>();
    private final List<WrittenValue> outsideSections = new ArrayList<>();
    private final List<String> errors = new ArrayList<>();

    /** {@code name}: how errors call the file. */
    SettingsFile(String name, String yaml) {
        this.name = name;
        var settings = LoadSettings.builder()
                .setLabel(name)
                .setAllowNonScalarKeys(true)
                .build();
        try {
            checkShape(new Parse(settings).parseString(yaml));
            var documents = new Compose(settings).composeAllFromString(yaml).iterator();
            if (documents.hasNext()) {
                sections(documents.next());
            }
        } catch (MarkedYamlEngineException e) {
            notYaml(e.getProblemMark().map(SettingsFile::line).orElse(""), e.getProblem());
        } catch (YamlEngineException e) {
            notYaml("", e.getMessage());
        }
    }

    /** By {@code section.key}, in the file's order. */
    Map<String, WrittenValue> values() {
        return values;
    }

    /** What stands where a section belongs; its text is empty for a section without keys. */
    List<WrittenValue> outsideSections() {
        return outsideSections;
    }

    /** What is wrong with the file itself. */
    List<String> errors() {
        return errors;
    }

    /** The library's composer calls itself for what is nested, and would exhaust the stack. */
    private void checkShape(Iterable<Event> events) {
        int depth = 0;
        int documents = 0;
        for (Event event : events) {
            switch (event.getEventId()) {
                case MappingStart, SequenceStart -> depth++;
                case MappingEnd, SequenceEnd -> depth--;
                case DocumentStart -> documents++;
                default -> {}
            }
            if (depth > DEEPEST) {
                throw new YamlEngineException("lists and mappings within each other more than " + DEEPEST + " times");
            }
            if (event.getEventId() == Event.ID.DocumentStart && documents == 2) {
                errors.add(at(event.getStartMark()) + " starts a second document; allowed: one");
            }
        }
    }

    // the problem alone: the exception's whole message quotes the file, passwords included, and so do these two
    // problems
    private void notYaml(String line, String problem) {
        errors.add(name + line + " is not YAML: "
                + WrittenValue.printable(problem.replaceFirst("(?s)(tag handle|alias) .*", "$1")));
    }

    private void sections(Node root) {
        if (root instanceof MappingNode mapping) {
            entries("", mapping).forEach(this::section);
        } else if (!text(root).equals(Optional.of(""))) {
            errors.add(at(root.getStartMark()) + " is not valid; allowed: a mapping of sections");
        }
    }

    private void section(String section, Node value) {
        if (value instanceof MappingNode mapping && !mapping.getValue().isEmpty()) {
            entries(section + ".", mapping).forEach((key, node) -> values.put(key, written(key, node)));
        } else {
            outsideSections.add(written(section, value));
        }
    }

    private Map<String, Node> entries(String prefix, MappingNode mapping) {
        Map<String, NodeTuple> entries = new LinkedHashMap<>();
        Map<String, Node> values = new LinkedHashMap<>();
        for (NodeTuple entry : mapping.getValue()) {
            if (entry.getKeyNode() instanceof ScalarNode key) {
                NodeTuple first = entries.putIfAbsent(prefix + key.getValue(), entry);
                values.putIfAbsent(prefix + key.getValue(), entry.getValueNode());
                if (first != null) {
                    errors.add(WrittenValue.shown(prefix + key.getValue()) + " is given twice: in "
                            + at(first.getKeyNode().getStartMark()) + " and in " + at(key.getStartMark()));
                }
            } else {
                errors.add(at(entry.getKeyNode().getStartMark()) + " has a key that is not valid; allowed: a name");
            }
        }
        return values;
    }

    private WrittenValue written(String key, Node value) {
        return new WrittenValue(key, text(value), "in " + at(value.getStartMark()));
    }

    private static Optional<String> text(Node value) {
        if (value instanceof ScalarNode scalar) {
            return Optional.of(scalar.isPlain() && NULL.contains(scalar.getValue()) ? "" : scalar.getValue());
        }
        return value instanceof MappingNode mapping && mapping.getValue().isEmpty()
                ? Optional.of("")
                : Optional.empty();
    }

    private String at(Optional<Mark> mark) {
        return name + mark.map(SettingsFile::line).orElse("");
    }

    private static String line(Mark mark) {
        return ", line " + (mark.getLine() + 1);
    }
}
