package rocketrides.testing;

import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import rocketrides.TestProgram;
import rocketrides.config.Settings;
import rocketrides.config.SettingsLoader;

/** Settings with defaults, except those that a test changes. */
public final class TestSettings {
    private TestSettings() {}

    /** The sections of the shipped program. */
    public static final Map<Class<? extends Record>, String> SECTIONS = TestProgram.SECTIONS;

    /** The settings of the shipped program. */
    public static Settings load(Map<String, String> environment) {
        return SettingsLoader.load(Optional.empty(), environment, SECTIONS);
    }

    public static Settings.Api api(int instances, String host, int port) {
        var environment = Map.of(
                "ROCKET_RIDES_API_INSTANCES", "" + instances,
                "ROCKET_RIDES_API_HOST", host,
                "ROCKET_RIDES_API_PORT", "" + port);
        return load(environment).api();
    }

    /** The servers, and the authorities to trust. */
    public static Map<String, String> servers(String postgresUri, String redisUri, Optional<Path> caFile) {
        var trusted = caFile.map(Path::toString).orElse("system");
        return Map.of(
                "DATABASE_URL", postgresUri,
                "REDIS_URL", redisUri,
                "ROCKET_RIDES_POSTGRES_CA_FILE", trusted,
                "ROCKET_RIDES_REDIS_CA_FILE", trusted);
    }

    /** The same and the name of a stream, as a file. */
    public static String configuration(String postgresUri, String redisUri, Optional<Path> caFile, String stream) {
        var trusted = caFile.map(Path::toString).orElse("system");
        String form = """
                postgres:
                  uri: %s
                  ca-file: %s
                redis:
                  uri: %s
                  ca-file: %s
                log:
                  stream: %s
                """;
        return String.format(Locale.ROOT, form, postgresUri, trusted, redisUri, trusted, stream);
    }
}
