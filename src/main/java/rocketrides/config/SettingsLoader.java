package rocketrides.config;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Makes {@link Settings} of a YAML file and the environment, which outranks it. Either everything is valid, or nothing
 * comes back but all the errors; nothing is repaired or left out in silence.
 */
public final class SettingsLoader {
    private static final String DEMO = "conf/demo.yaml";
    private static final int MAX_BYTES = 64 * 1024;

    private SettingsLoader() {}

    /**
     * Without a file, the built-in demo; an empty file means all defaults, which are the demo's. Throws
     * {@link InvalidSettingsException} also for a file that cannot be read.
     */
    public static Settings load(Optional<Path> file, Map<String, String> environment) {
        var values = new Values(
                file.map(SettingsLoader::read).orElseGet(SettingsLoader::demo), ServiceLinks.without(environment));
        Settings settings = Keys.read(values);
        List<String> errors = values.errors();
        if (!errors.isEmpty()) {
            throw new InvalidSettingsException(errors);
        }
        return settings;
    }

    private static SettingsFile read(Path file) {
        String name = Given.printable(file.toString());
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(MAX_BYTES + 1);
            if (bytes.length > MAX_BYTES) {
                throw refused(name, "is too long; allowed: " + MAX_BYTES + " bytes");
            }
            return new SettingsFile(name, decode(bytes));
        } catch (NoSuchFileException e) {
            throw refused(name, "does not exist");
        } catch (CharacterCodingException e) {
            throw refused(name, "is not UTF-8 text");
        } catch (IOException e) {
            throw refused(name, "cannot be read: " + reason(e));
        }
    }

    private static String reason(IOException e) {
        return e instanceof AccessDeniedException ? "permission denied" : e.getMessage();
    }

    private static SettingsFile demo() {
        try (InputStream in = SettingsLoader.class.getResourceAsStream("/" + DEMO)) {
            return new SettingsFile("the built-in " + DEMO, decode(in.readAllBytes()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String decode(byte[] bytes) throws CharacterCodingException {
        String text = StandardCharsets.UTF_8
                .newDecoder()
                .decode(ByteBuffer.wrap(bytes))
                .toString();
        return text.startsWith("\uFEFF") ? text.substring(1) : text; // some editors begin files with this mark
    }

    private static InvalidSettingsException refused(String name, String problem) {
        return new InvalidSettingsException(List.of(name + " " + problem));
    }
}
