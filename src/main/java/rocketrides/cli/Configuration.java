package rocketrides.cli;

import java.nio.file.Path;
import java.util.Optional;
import rocketrides.config.Settings;
import rocketrides.config.SettingsLoader;

/** Which file the settings come from: given before a command or after it. */
public final class Configuration {
    private Path file;

    public void use(Path given) {
        file = given;
    }

    /** Throws {@link rocketrides.config.InvalidSettingsException} if anything in it is wrong. */
    public Settings settings() {
        return SettingsLoader.load(Optional.ofNullable(file), System.getenv());
    }
}
