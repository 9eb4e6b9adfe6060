package rocketrides.config;

import static rocketrides.config.DurationTypes.duration;
import static rocketrides.config.DurationTypes.durationRange;
import static rocketrides.config.Types.host;
import static rocketrides.config.Types.integer;
import static rocketrides.config.Types.metres;
import static rocketrides.config.Types.oneOf;
import static rocketrides.config.Types.path;
import static rocketrides.config.Types.port;
import static rocketrides.config.Types.probability;
import static rocketrides.config.Types.seed;
import static rocketrides.config.Types.stream;
import static rocketrides.config.Types.systemOrFile;
import static rocketrides.config.Types.trueOrFalse;
import static rocketrides.config.Types.wholeLong;

import java.math.BigDecimal;

/**
 * The one table of everything that can be configured: name, type with its range, default, and the original program's
 * environment variable where it had one.
 */
final class Keys {
    private static final String LONGEST = "36500d";

    private Keys() {}

    static Settings read(Values values) {
        return new Settings(
                new Settings.Postgres(
                        values.get("postgres.uri", UriTypes.postgres(), "embedded", "DATABASE_URL"),
                        values.get("postgres.pool-size", integer(1, 1_000), "8"),
                        values.get("postgres.ca-file", systemOrFile(), "system")),
                new Settings.Redis(
                        values.get("redis.uri", UriTypes.redis(), "embedded", "REDIS_URL"),
                        values.get("redis.ca-file", systemOrFile(), "system")),
                new Settings.Embedded(values.get("embedded.data-dir", path(), ".rocket-rides")),
                new Settings.Log(
                        values.get("log.stream", stream(), "rocket-rides-log", "STREAM_NAME"),
                        values.get("log.max-length", wholeLong(1, 1_000_000_000_000L), "10000"),
                        values.get("log.delivery", oneOf(Settings.Delivery.class), "at-least-once"),
                        values.get("log.retention", duration("1m", LONGEST), "7d")),
                new Settings.Api(
                        values.get("api.instances", integer(0, 64), "1"),
                        values.get("api.host", host(), "127.0.0.1"),
                        values.get("api.port", port(), "5005", "API_PORT"),
                        values.get("api.max-body", integer(64, 8_388_608), "16384"),
                        values.get("api.max-header", integer(1_024, 1_048_576), "8192"),
                        values.get("api.max-connections", integer(1, 1_000_000), "10000"),
                        values.get("api.idle-timeout", duration("1s", "1h"), "60s"),
                        values.get("api.idempotency-retention", duration("1m", LONGEST), "24h")),
                new Settings.Streamer(
                        values.get("streamer.instances", integer(0, 64), "1"),
                        values.get("streamer.batch-size", integer(1, 10_000), "1000"),
                        values.get("streamer.poll-interval", duration("1ms", "1h"), "1s")),
                new Settings.Consumer(
                        values.get("consumer.instances", integer(0, 100), "2"),
                        values.get("consumer.batch-size", integer(1, 10_000), "1000")),
                simulator(values),
                new Settings.Failures(
                        values.get("failures.seed", seed(), "random"),
                        values.get("failures.streamer-after-publish", probability(), "0.10"),
                        values.get("failures.consumer-before-save", probability(), "0.10"),
                        values.get("failures.api-before-commit", probability(), "0.0")),
                new Settings.Audit(values.get("audit.interval", duration("100ms", "1h"), "1s")),
                new Settings.Dashboard(values.get("dashboard.controls", trueOrFalse(), "true")),
                new Settings.Logging(values.get("logging.format", oneOf(Settings.Logging.Format.class), "text")),
                new Settings.Tracing(
                        values.get("tracing.endpoint", UriTypes.collector(), "off"),
                        values.get("tracing.sample", probability(), "1.0")));
    }

    private static Settings.Simulator simulator(Values values) {
        Type<BigDecimal> distance = metres("0.001", "100000000"); // what the API accepts
        var simulator = new Settings.Simulator(
                values.get("simulator.instances", integer(0, 64), "1"),
                values.get("simulator.pause", durationRange("0s", "1d"), "0s..2s"),
                values.get("simulator.concurrency", integer(1, 10_000), "1"),
                values.get("simulator.min-distance", distance, "5"),
                values.get("simulator.max-distance", distance, "1000"));
        if (simulator.minDistance().compareTo(simulator.maxDistance()) > 0) {
            values.refuse("simulator.min-distance", "at most", "simulator.max-distance");
        }
        return simulator;
    }
}
