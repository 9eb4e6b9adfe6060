package rocketrides;

import java.util.Map;
import java.util.Optional;
import rocketrides.config.Settings;
import rocketrides.config.SettingsLoader;

/** Settings as they are by default, but for what a test is about. */
public final class TestSettings {
    private TestSettings() {}

    public static Settings.Api api(int instances, String host, int port) {
        var environment = Map.of(
                "ROCKET_RIDES_API_INSTANCES", "" + instances,
                "ROCKET_RIDES_API_HOST", host,
                "ROCKET_RIDES_API_PORT", "" + port);
        return SettingsLoader.load(Optional.empty(), environment).api();
    }
}
