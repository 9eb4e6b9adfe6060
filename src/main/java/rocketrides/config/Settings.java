package rocketrides.config;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import rocketrides.runtime.Faults;

/**
 * The configuration. {@link SettingsLoader} creates it only from valid values.
 *
 * @param application the application's own sections by their class
 */
public record Settings(
        Postgres postgres,
        Redis redis,
        Embedded embedded,
        Log log,
        Api api,
        Streamer streamer,
        Consumer consumer,
        Failures failures,
        Audit audit,
        Dashboard dashboard,
        Logging logging,
        Tracing tracing,
        Map<Class<? extends Record>, Record> application) {

    /** The value of {@code postgres.uri} and {@code redis.uri} that asks for an embedded server. */
    public static final String EMBEDDED = "embedded";

    /** A section of the application. Throws {@link IllegalArgumentException} if the application did not declare it. */
    public <R extends Record> R of(Class<R> type) {
        if (!application.containsKey(type)) {
            throw new IllegalArgumentException("no section was declared for " + type);
        }
        return type.cast(application.get(type));
    }

    /** {@code caFile}: the certificate authorities to trust, in PEM; empty: those of the JVM. */
    public record Postgres(
            @Setting(value = EMBEDDED, variable = "DATABASE_URL", format = Format.POSTGRES)
            String uri,

            @Setting(value = "8", in = "1..1000") int poolSize,

            @Setting(value = "system", format = Format.AUTHORITIES)
            Optional<Path> caFile) {
        public boolean embedded() {
            return uri.equals(EMBEDDED);
        }

        /** Without the password, so that settings can be printed. */
        @Override
        public String toString() {
            return "Postgres[uri=" + Secrets.mask(uri) + ", poolSize=" + poolSize + ", caFile=" + caFile + "]";
        }
    }

    /** {@code caFile}: as for Postgres. */
    public record Redis(
            @Setting(value = EMBEDDED, variable = "REDIS_URL", format = Format.REDIS)
            String uri,

            @Setting(value = "system", format = Format.AUTHORITIES)
            Optional<Path> caFile) {
        public boolean embedded() {
            return uri.equals(EMBEDDED);
        }

        /** Without the password, so that settings can be printed. */
        @Override
        public String toString() {
            return "Redis[uri=" + Secrets.mask(uri) + ", caFile=" + caFile + "]";
        }
    }

    /** {@code dataDir}: the directory where the embedded servers keep their data. */
    public record Embedded(@Setting(".rocket-rides") Path dataDir) {}

    /**
     * {@code maxLength}: the approximate number of entries kept in the stream, or in the streams of all
     * partitions together; {@code retention}: how long sealed segments are kept in Postgres; {@code partitions}: the
     * number of open partitions that the first start creates, and that later starts expect.
     */
    public record Log(
            @Setting(value = "rocket-rides-log", variable = "STREAM_NAME", format = Format.STREAM)
            String stream,

            @Setting(value = "10000", in = "1..1000000000000")
            long maxLength,

            @Setting("at-least-once") Delivery delivery,
            @Setting(value = "7d", in = "1m..36500d") Duration retention,
            @Setting(value = "1", in = "1..256") int partitions) {}

    /**
     * Sizes in bytes. {@code maxConnections}: for each instance. {@code idleTimeout}: how long a client may take to
     * send a request.
     */
    public record Api(
            @Setting(value = "1", in = "0..64") int instances,

            @Setting(value = "127.0.0.1", format = Format.HOST)
            String host,

            @Setting(value = "5005", variable = "API_PORT", format = Format.PORT)
            int port,

            @Setting(value = "16384", in = "64..8388608") int maxBody,
            @Setting(value = "8192", in = "1024..1048576") int maxHeader,
            @Setting(value = "10000", in = "1..1000000") int maxConnections,
            @Setting(value = "60s", in = "1s..1h") Duration idleTimeout) {

        public Api withPort(int other) {
            return new Api(instances, host, other, maxBody, maxHeader, maxConnections, idleTimeout);
        }
    }

    public record Streamer(
            @Setting(value = "1", in = "0..64") int instances,
            @Setting(value = "1000", in = "1..10000") int batchSize,
            @Setting(value = "1s", in = "1ms..1h") Duration pollInterval) {}

    public record Consumer(
            @Setting(value = "2", in = "0..100") int instances,
            @Setting(value = "1000", in = "1..10000") int batchSize) {}

    /** The probability of each injected failure. An empty {@code seed} means a random one. */
    public record Failures(
            @Setting("random") OptionalLong seed,
            @Setting(value = "0.10", in = "0..1") double streamerAfterPublish,
            @Setting(value = "0.10", in = "0..1") double consumerBeforeSave,
            @Setting(value = "0.0", in = "0..1") double apiBeforeCommit) {
        public Map<Faults.Point, Double> rates() {
            return Map.of(
                    Faults.Point.STREAMER_AFTER_PUBLISH, streamerAfterPublish,
                    Faults.Point.CONSUMER_BEFORE_SAVE, consumerBeforeSave,
                    Faults.Point.API_BEFORE_COMMIT, apiBeforeCommit);
        }
    }

    /** {@code interval}: the time between two audits. */
    public record Audit(
            @Setting(value = "1s", in = "100ms..1h") Duration interval) {}

    /** {@code controls}: whether the page may inject failures. Ignored unless the API listens on loopback. */
    public record Dashboard(@Setting("true") boolean controls) {}

    public record Logging(@Setting("text") Format format) {
        /** Text for people, or one JSON object a line for log collectors. */
        public enum Format {
            TEXT,
            JSON;

            @Override
            public String toString() {
                return name().toLowerCase(Locale.ROOT);
            }
        }
    }

    /**
     * {@code endpoint}: a collector that accepts OTLP over HTTP; empty: tracing is off. {@code sample}: the fraction of
     * requests to trace, unless the client has decided.
     */
    public record Tracing(
            @Setting(value = "off", format = Format.COLLECTOR)
            Optional<URI> endpoint,

            @Setting(value = "1.0", in = "0..1") double sample) {}

    /** From {@code min} to {@code max}, both included. */
    public record DurationRange(Duration min, Duration max) {}

    /** How the streamer adds entries to the stream. A stream key must be used with one of the two only. */
    public enum Delivery {
        /**
         * Redis assigns the entry IDs. A batch that is sent twice is in the stream twice; consumers skip the
         * duplicates.
         */
        AT_LEAST_ONCE,
        /** The entry ID is {@code <offset>-0}, so Redis refuses duplicates. */
        IDEMPOTENT;

        /** As written in the configuration: {@code at-least-once}, {@code idempotent}. */
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }
}
