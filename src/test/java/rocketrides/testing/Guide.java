package rocketrides.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** The files and commands of docs/building.md. {@code files}: by path. */
public record Guide(Map<String, String> files, List<String> commands) {
    private static final Pattern FILE = Pattern.compile("(?m)^`([^`]+)`:\\R\\R```\\w+\\R((?s:.*?))^```$");
    private static final Pattern COMMAND = Pattern.compile("(?m)^    (.*)$");

    public static Guide read() throws IOException {
        var text = Files.readString(Path.of("docs", "building.md"));
        var files = new LinkedHashMap<String, String>();
        FILE.matcher(text).results().forEach(file -> files.put(file.group(1), file.group(2)));
        var commands = COMMAND.matcher(text.replaceAll("(?ms)^```.*?^```$", ""))
                .results()
                .map(command -> command.group(1))
                .toList();
        return new Guide(files, commands);
    }

    /** The only command with this beginning. */
    public String command(String begin) {
        var found = commands.stream().filter(line -> line.startsWith(begin)).toList();
        if (found.size() != 1) {
            throw new AssertionError(begin + " is " + found);
        }
        return found.get(0);
    }
}
