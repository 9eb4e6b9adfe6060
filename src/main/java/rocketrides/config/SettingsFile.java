package rocketrides.config;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
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
import rocketrides.runtime.Numbers;

/** Reads the scalar values of a YAML file, unparsed, with their line numbers. */
final class SettingsFile {
    private static final int MAX_BYTES = 64 * 1024;
    private static final int DEEPEST = 20;
    private static final Set<String> NULL = Set.of("", "~", "null", "Null", "NULL");

    private final String name;

    /** The values by {@code section.key}, in the order of the file. */
    final Map<String, WrittenValue> values = new LinkedHashMap<>();

    /** Values in the place of a section. The text is empty for a section without keys. */
    final List<WrittenValue> outsideSections = new ArrayList<>();

    /** The errors of the file itself. */
    final List<String> errors = new ArrayList<>();

    /** {@code name}: the name of the file in errors. */
    SettingsFile(String name, String yaml) {
        this.name = name;
        if (yaml.isEmpty()) {
            return; // the parser need not even be loaded
        }
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
            notYaml(line(e.getProblemMark()), e.getProblem());
        } catch (YamlEngineException e) {
            notYaml("", e.getMessage());
        }
    }

    /** Throws {@link InvalidSettingsException} if the file cannot be read. */
    static SettingsFile read(Path file) {
        String name = WrittenValue.printable(file.toString());
        try (var in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(MAX_BYTES + 1);
            var text = new String(bytes, StandardCharsets.UTF_8);
            if (bytes.length > MAX_BYTES) {
                throw refused(name, "is too long; allowed: " + MAX_BYTES + " bytes");
            }
            if (text.indexOf('\uFFFD') >= 0) {
                throw refused(name, "is not UTF-8 text");
            }
            // some editors begin files with a byte order mark
            return new SettingsFile(name, text.startsWith("\uFEFF") ? text.substring(1) : text);
        } catch (NoSuchFileException e) {
            throw refused(name, "does not exist");
        } catch (AccessDeniedException e) {
            throw refused(name, "cannot be read: permission denied");
        } catch (IOException e) {
            throw refused(name, "cannot be read: " + e.getMessage());
        }
    }

    private static InvalidSettingsException refused(String name, String problem) {
        return new InvalidSettingsException(List.of(name + " " + problem));
    }

    /** The line that an error names; more than any line if it names none. */
    long lineOf(String error) {
        var named = Pattern.compile(Pattern.quote(name) + ", line (\\d+)").matcher(error);
        return named.find() ? Numbers.whole(named.group(1)).orElseThrow() : Long.MAX_VALUE;
    }

    /** Limits the nesting depth before the library's composer runs, which is recursive and would overflow the stack. */
    private void checkShape(Iterable<Event> events) {
        int depth = 0;
        int documents = 0;
        for (Event event : events) {
            switch (event.getEventId()) {
                case MappingStart, SequenceStart -> depth++;
                case MappingEnd, SequenceEnd -> depth--;
                default -> {}
            }
            if (depth > DEEPEST) {
                throw new YamlEngineException("lists and mappings within each other more than " + DEEPEST + " times");
            }
            if (event.getEventId() == Event.ID.DocumentStart && ++documents == 2) {
                errors.add(name + line(event.getStartMark()) + " starts a second document; allowed: one");
            }
        }
    }

    /**
     * Uses only parts of the exception's message: the rest quotes the file, which may contain passwords. The problems
     * with tag handles and aliases quote it, too.
     */
    private void notYaml(String line, String problem) {
        errors.add(name + line + " is not YAML: "
                + WrittenValue.printable(problem.replaceFirst("(?s)(tag handle|alias) .*", "$1")));
    }

    private void sections(Node root) {
        if (root instanceof MappingNode mapping) {
            entries("", mapping).forEach((section, entry) -> section(section, entry.getValueNode()));
        } else if (!text(root).equals(Optional.of(""))) {
            errors.add(at(root) + " is not valid; allowed: a mapping of sections");
        }
    }

    private void section(String section, Node value) {
        if (value instanceof MappingNode mapping && !mapping.getValue().isEmpty()) {
            entries(section + ".", mapping)
                    .forEach((key, entry) -> values.put(key, written(key, entry.getValueNode())));
        } else {
            outsideSections.add(written(section, value));
        }
    }

    private Map<String, NodeTuple> entries(String prefix, MappingNode mapping) {
        Map<String, NodeTuple> entries = new LinkedHashMap<>();
        for (NodeTuple entry : mapping.getValue()) {
            if (entry.getKeyNode() instanceof ScalarNode key) {
                NodeTuple first = entries.putIfAbsent(prefix + key.getValue(), entry);
                if (first != null) {
                    errors.add(WrittenValue.shown(prefix + key.getValue()) + " is given twice: in "
                            + at(first.getKeyNode()) + " and in " + at(key));
                }
            } else {
                errors.add(at(entry.getKeyNode()) + " has a key that is not valid; allowed: a name");
            }
        }
        return entries;
    }

    private WrittenValue written(String key, Node value) {
        return new WrittenValue(key, text(value), "in " + at(value));
    }

    private static Optional<String> text(Node value) {
        if (value instanceof ScalarNode scalar) {
            return Optional.of(scalar.isPlain() && NULL.contains(scalar.getValue()) ? "" : scalar.getValue());
        }
        return value instanceof MappingNode mapping && mapping.getValue().isEmpty()
                ? Optional.of("")
                : Optional.empty();
    }

    private String at(Node node) {
        return name + line(node.getStartMark());
    }

    private static String line(Optional<Mark> mark) {
        return mark.map(known -> ", line " + (known.getLine() + 1)).orElse("");
    }
}
