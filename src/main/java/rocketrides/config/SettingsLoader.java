package rocketrides.config;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Makes {@link Settings} of a YAML file and the environment, which outranks it. Either everything is valid, or nothing
 * comes back but all the errors; nothing is repaired or left out in silence.
 */
public final class SettingsLoader {
    private static final int MAX_BYTES = 64 * 1024;

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
                file.map(SettingsLoader::read).orElseGet(() -> new SettingsFile("", "")),
                ServiceLinks.without(environment));
        Settings settings = read(reader, application);
        List<String> errors = reader.errors();
        if (!errors.isEmpty()) {
            throw new InvalidSettingsException(errors);
        }
        return settings;
    }

    /** With null for a section that is refused. */
    static Settings read(SettingsReader reader, Map<Class<? extends Record>, String> application) {
        return new Settings(
                reader.read("postgres", Settings.Postgres.class),
                reader.read("redis", Settings.Redis.class),
                reader.read("embedded", Settings.Embedded.class),
                reader.read("log", Settings.Log.class),
                reader.read("api", Settings.Api.class),
                reader.read("streamer", Settings.Streamer.class),
                reader.read("consumer", Settings.Consumer.class),
                reader.read("failures", Settings.Failures.class),
                reader.read("audit", Settings.Audit.class),
                reader.read("dashboard", Settings.Dashboard.class),
                reader.read("logging", Settings.Logging.class),
                reader.read("tracing", Settings.Tracing.class),
                read(application, reader));
    }

    private static Map<Class<? extends Record>, Record> read(
            Map<Class<? extends Record>, String> application, SettingsReader reader) {
        Map<Class<? extends Record>, Record> records = new HashMap<>();
        application.forEach((type, section) -> records.put(type, reader.read(section, type)));
        return records;
    }

    private static SettingsFile read(Path file) {
        String name = WrittenValue.printable(file.toString());
        try (var in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(MAX_BYTES + 1);
            if (bytes.length > MAX_BYTES) {
                throw refused(name, "is too long; allowed: " + MAX_BYTES + " bytes");
            }
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
            // some editors begin files with a byte order mark
            return new SettingsFile(name, text.startsWith("\uFEFF") ? text.substring(1) : text);
        } catch (NoSuchFileException e) {
            throw refused(name, "does not exist");
        } catch (AccessDeniedException e) {
            throw refused(name, "cannot be read: permission denied");
        } catch (CharacterCodingException e) {
            throw refused(name, "is not UTF-8 text");
        } catch (IOException e) {
            throw refused(name, "cannot be read: " + e.getMessage());
        }
    }

    private static InvalidSettingsException refused(String name, String problem) {
        return new InvalidSettingsException(List.of(name + " " + problem));
    }
}
