package rocketrides.simulator;

import java.math.BigDecimal;
import rocketrides.config.Format;
import rocketrides.config.Setting;
import rocketrides.config.Settings.DurationRange;

/**
 * The section {@code simulator}. Distances are in metres. {@code concurrency}: the number of concurrent requests of
 * each instance. {@code apiPort}: 0 for the API of the same process; otherwise the port of another API, at
 * {@code apiHost}.
 */
public record SimulatorSettings(
        @Setting(value = "1", in = "0..64") int instances,
        @Setting(value = "0s..2s", in = "0s..1d") DurationRange pause,
        @Setting(value = "1", in = "1..10000") int concurrency,
        @Setting(value = "127.0.0.1", format = Format.HOST) String apiHost,
        @Setting(value = "0", format = Format.PORT) int apiPort,

        @Setting(value = "5", in = "0.001..100000000") BigDecimal minDistance,
        @Setting(value = "1000", in = "0.001..100000000") BigDecimal maxDistance) {
    public SimulatorSettings {
        if (minDistance.compareTo(maxDistance) > 0) {
            throw new IllegalArgumentException(
                    "min-distance is " + minDistance + ", allowed: at most max-distance, which is " + maxDistance);
        }
    }
}
