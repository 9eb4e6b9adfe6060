package rocketrides.cli;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToIntFunction;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;
import rocketrides.config.Settings;
import rocketrides.config.SettingsLoader;
import rocketrides.embedded.EmbeddedServers;

/** The option for the configuration file. It may stand before or after a command. */
public final class Configuration {
    private final Map<Class<? extends Record>, String> sections;

    @Option(
            names = {"-c", "--conf"},
            scope = ScopeType.INHERIT,
            paramLabel = "FILE",
            description = "The configuration, a YAML file. Without it, each setting has its default.")
    private Path file;

    /** {@code sections}: the application's own, as {@link SettingsLoader#load} takes them. */
    public Configuration(Map<Class<? extends Record>, String> sections) {
        this.sections = sections;
    }

    /** Throws {@link rocketrides.config.InvalidSettingsException} if a setting is invalid. */
    public Settings settings() {
        return SettingsLoader.load(Optional.ofNullable(file), System.getenv(), sections);
    }

    int inSession(ToIntFunction<Session> command) {
        return inSession(settings(), command);
    }

    /**
     * Like {@link #inSession}, but if the settings ask for an embedded Postgres and none is running, the embedded servers
     * run for the time of the command. Older tables can only be updated so: the program does not start with them.
     */
    int inSessionOfOwnServers(ToIntFunction<Session> command) {
        var settings = settings();
        var directory = settings.embedded().dataDir();
        if (!settings.postgres().embedded()
                || EmbeddedServers.running(directory).postgres().isPresent()) {
            return inSession(settings, command);
        }
        try (var servers = new EmbeddedServers(directory, true, settings.redis().embedded())) {
            Runtime.getRuntime().addShutdownHook(new Thread(servers::close, "stop the embedded servers"));
            servers.start();
            return inSession(settings, command);
        }
    }

    private static int inSession(Settings settings, ToIntFunction<Session> command) {
        try (var session = new Session(settings)) {
            return command.applyAsInt(session);
        }
    }
}
