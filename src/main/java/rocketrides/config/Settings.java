package rocketrides.config;

import java.math.BigDecimal;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;

/** Everything that can be configured, valid by construction: {@link SettingsLoader} refuses what is not. */
public record Settings(
        Postgres postgres,
        Redis redis,
        Embedded embedded,
        Log log,
        Api api,
        Streamer streamer,
        Consumer consumer,
        Simulator simulator,
        Failures failures,
        Audit audit,
        Dashboard dashboard,
        Logging logging,
        Tracing tracing) {

    /** The value of {@code postgres.uri} and {@code redis.uri} that asks for a server of our own. */
    public static final String EMBEDDED = "embedded";

    /**
     * {@code uri}: {@link #EMBEDDED} or {@code postgresql://user:pass@host:port/db?sslmode=…}. {@code caFile}: the authorities
     * to trust, in PEM; without one, those of the JVM.
     */
    public record Postgres(String uri, int poolSize, Optional<Path> caFile) {
        public boolean embedded() {
            return uri.equals(EMBEDDED);
        }

        /** Without the password, so that settings may be printed. */
        @Override
        public String toString() {
            return "Postgres[uri=" + Secrets.mask(uri) + ", poolSize=" + poolSize + ", caFile=" + caFile + "]";
        }
    }

    /** {@code uri}: {@link #EMBEDDED}, {@code redis://…} or {@code rediss://…}. {@code caFile}: as for Postgres. */
    public record Redis(String uri, Optional<Path> caFile) {
        public boolean embedded() {
            return uri.equals(EMBEDDED);
        }

        /** Without the password, so that settings may be printed. */
        @Override
        public String toString() {
            return "Redis[uri=" + Secrets.mask(uri) + ", caFile=" + caFile + "]";
        }
    }

    /** Where the embedded servers keep their data. */
    public record Embedded(Path dataDir) {}

    /** {@code maxLength}: entries kept in the stream, approximately; {@code retention}: of sealed segments. */
    public record Log(String stream, long maxLength, Delivery delivery, Duration retention) {}

    /**
     * Sizes in bytes; {@code maxConnections}: of each instance; {@code idleTimeout}: how long a client may take to send
     * a request; {@code idempotencyRetention}: for how long an idempotency key is remembered.
     */
    public record Api(
            int instances,
            String host,
            int port,
            int maxBody,
            int maxHeader,
            int maxConnections,
            Duration idleTimeout,
            Duration idempotencyRetention) {

        public Api withPort(int other) {
            return new Api(
                    instances, host, other, maxBody, maxHeader, maxConnections, idleTimeout, idempotencyRetention);
        }
    }

    public record Streamer(int instances, int batchSize, Duration pollInterval) {}

    public record Consumer(int instances, int batchSize) {}

    /** Distances in metres; {@code concurrency}: rides each instance has under way at once. */
    public record Simulator(
            int instances, DurationRange pause, int concurrency, BigDecimal minDistance, BigDecimal maxDistance) {}

    /** Probabilities in [0, 1] for each fault point; no {@code seed} means a random one. */
    public record Failures(
            OptionalLong seed, double streamerAfterPublish, double consumerBeforeSave, double apiBeforeCommit) {
        public boolean any() {
            return streamerAfterPublish > 0 || consumerBeforeSave > 0 || apiBeforeCommit > 0;
        }
    }

    /** {@code interval}: between two comparisons of the books. */
    public record Audit(Duration interval) {}

    /** {@code controls}: whether the page may break things; only ever honoured on loopback. */
    public record Dashboard(boolean controls) {}

    public record Logging(Format format) {
        /** For people, or for what collects logs: one JSON object a line. */
        public enum Format {
            TEXT,
            JSON;

            @Override
            public String toString() {
                return name().toLowerCase(java.util.Locale.ROOT);
            }
        }
    }

    /**
     * {@code endpoint}: where a collector takes OTLP over HTTP; without one nothing is traced. {@code sample}: the fraction
     * of requests traced, in [0, 1], where the client has not decided.
     */
    public record Tracing(Optional<URI> endpoint, double sample) {}

    /** From {@code min} to {@code max}, both included. */
    public record DurationRange(Duration min, Duration max) {}

    /** How often an entry may stand in the stream; a stream key belongs to one of the two. */
    public enum Delivery {
        /** Redis chooses the ids; a batch that is sent twice stands there twice, and consumers skip the second. */
        AT_LEAST_ONCE,
        /** The id is {@code <offset>-0}, so Redis itself refuses a second copy. */
        IDEMPOTENT;

        /** As written in the configuration: {@code at-least-once}, {@code idempotent}. */
        @Override
        public String toString() {
            return name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
        }
    }
}
