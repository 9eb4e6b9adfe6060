package rocketrides.rides;

import java.time.Duration;
import rocketrides.config.Setting;

/** {@code idempotencyRetention}: how long an idempotency key is stored. */
public record IdempotencySettings(
        @Setting(value = "24h", in = "1m..36500d") Duration idempotencyRetention) {}
