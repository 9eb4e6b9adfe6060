package rocketrides.simulator;

import java.math.BigDecimal;
import rocketrides.config.Format;
import rocketrides.config.Setting;
import rocketrides.config.Settings.DurationRange;

/**
 * The section {@code simulator}. Distances in metres; {@code concurrency}: rides each instance has under way at once;
 * {@code apiPort}: 0 for the api of the same process, else that of another one, at {@code apiHost}.
 */
public record SimulatorSettings(
        @Setting(value = "1", in = "0..64") int instances,
        @Setting(value = "0s..2s", in = "0s..1d") DurationRange pause,
        @Setting(value = "1", in = "1..10000") int concurrency,
        @Setting(value = "127.0.0.1", format = Format.HOST) String apiHost,
        @Setting(value = "0", format = Format.PORT) int apiPort,

        @Setting(value = "5", in = "0.001..100000000", atMost = "max-distance")
        BigDecimal minDistance,

        @Setting(value = "1000", in = "0.001..100000000") BigDecimal maxDistance) {}
