package rocketrides.testing;

import static java.util.concurrent.TimeUnit.SECONDS;
import static rocketrides.testing.Eventually.eventually;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import com.github.dockerjava.api.DockerClient;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgConnection;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.slf4j.LoggerFactory;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.dockerclient.DockerClientProviderStrategy;
import org.testcontainers.postgresql.PostgreSQLContainer;
import org.testcontainers.utility.DockerImageName;
import rocketrides.servers.LogTables;
import rocketrides.servers.Postgres;
import rocketrides.servers.RedisClient;

/**
 * Real servers for the tests, one pair for each JVM: {@code -Dtest.servers=containers|embedded|external|secured}.
 * External ones are those of {@code TEST_DATABASE_URL} and {@code TEST_REDIS_URL}. By default containers where a Docker engine
 * answers, else embedded ones.
 *
 * <p>Secured ones are embedded, speak TLS only, and each part of the program is what {@code docs/postgres-roles.sql},
 * {@code docs/postgres-grants.sql} and {@code docs/redis.acl} make of it ({@link TestRole}); what a test does by hand, it
 * does as a superuser. Tests that stop and start servers of their own have secured ones, too. Exempt are the tests of
 * what is embedded in the program, which is always plain and has one user: {@code EmbeddedServersTest}, {@code JarIT} and
 * {@code chaos/}; {@code PostgresTest.everySslModeDoesWhatItSays}, which begins with a server that knows no TLS; and what
 * has no servers, such as the simulation.
 */
public final class TestServers {
    private static final String POSTGRES_IMAGE = "postgres:18-alpine";
    private static final String REDIS_IMAGE = "redis:8-alpine";
    /** The application's texts: what {@link Postgres#ready} is to apply after the log's. */
    public static final LogTables SCHEMA = new LogTables(List.of("/rocketrides/rides.sql"), 1);

    private static final TestServers INSTANCE = start();

    static {
        awaitFirstConnection();
    }

    private final String postgres;
    private final String redis;
    private final Optional<Path> caFile;

    private TestServers(String postgres, String redis, Optional<Path> caFile) {
        this.postgres = postgres;
        this.redis = redis;
        this.caFile = caFile;
    }

    /** Whether the servers speak TLS only, and the program's parts are kept apart by their roles. */
    public static boolean secured() {
        return INSTANCE.caFile.isPresent();
    }

    /** Whom to trust. */
    public static Optional<Path> caFile() {
        return INSTANCE.caFile;
    }

    /** {@code postgresql://…}, for a role that may create databases. */
    public static String postgres() {
        return INSTANCE.postgres;
    }

    /** The same server with another database. */
    public static String postgres(String database) {
        return INSTANCE.postgres.replaceFirst("(//[^/]+/)[^?]*", "$1" + database);
    }

    /** {@code redis://…} or {@code rediss://…}, for a user who may do everything; the tests flush it. */
    public static String redis() {
        return INSTANCE.redis;
    }

    public static String redis(TestRole role) {
        return secured() ? LeastPrivilege.redis(INSTANCE.redis, role) : INSTANCE.redis;
    }

    /** The name of the user that a part of the program is in Redis. */
    public static String redisUser(TestRole role) {
        return secured() ? role.user() : "default";
    }

    /** A client of one of these servers' databases. */
    public static Postgres connect(Vertx vertx, String uri, int connections) {
        return new Postgres(vertx, uri, INSTANCE.caFile, connections, 1);
    }

    /** A client of the Redis, at one of its URIs. */
    public static RedisClient redis(Vertx vertx, String uri) {
        return new RedisClient(vertx, uri, INSTANCE.caFile, "stream");
    }

    private static TestServers start() {
        var asked = System.getProperty("test.servers", "auto").toLowerCase(Locale.ROOT);
        var kind = asked.equals("auto") ? dockerAnswers() ? "containers" : "embedded" : asked;
        System.out.println("Tests use " + kind + " servers"
                + (asked.equals("auto")
                        ? " (-Dtest.servers=containers|embedded|external|secured forces a choice)"
                        : ""));
        return switch (kind) {
            case "containers" -> containers();
            case "embedded" -> own(OwnServers.plain(directory(), true, true));
            case "secured" -> own(OwnServers.secure(directory()));
            case "external" ->
                new TestServers(required("TEST_DATABASE_URL"), required("TEST_REDIS_URL"), Optional.empty());
            default ->
                throw new IllegalArgumentException(
                        "test.servers is \"" + kind + "\", allowed: auto, containers, embedded, external, secured");
        };
    }

    /** On a busy machine, the first connection of a JVM takes longer than the program waits for one. */
    private static void awaitFirstConnection() {
        var vertx = Vertx.vertx();
        var server = connect(vertx, postgres(), 1);
        eventually("Postgres takes a connection", () -> isReached(server));
        vertx.close();
    }

    private static boolean isReached(Postgres server) throws InterruptedException, TimeoutException {
        try {
            server.connect()
                    .compose(PgConnection::close)
                    .toCompletionStage()
                    .toCompletableFuture()
                    .get(20, SECONDS);
            return true;
        } catch (ExecutionException late) {
            return false;
        }
    }

    private static boolean dockerAnswers() {
        // it would log an error if there is none; which servers are used is printed anyway
        ((Logger) LoggerFactory.getLogger(DockerClientProviderStrategy.class)).setLevel(Level.OFF);
        try {
            DockerClient client = DockerClientFactory.instance().client();
            return client.pingCmd().exec() == null;
        } catch (RuntimeException e) {
            return false;
        }
    }

    @SuppressWarnings("resource") // they live as long as the JVM
    private static TestServers containers() {
        var postgres = new PostgreSQLContainer(POSTGRES_IMAGE);
        var redis = new GenericContainer<>(DockerImageName.parse(REDIS_IMAGE)).withExposedPorts(6379);
        postgres.start();
        redis.start();
        atExit(() -> {
            redis.stop();
            postgres.stop();
        });
        return new TestServers(
                "postgresql://" + postgres.getUsername() + ":" + postgres.getPassword() + "@" + postgres.getHost() + ":"
                        + postgres.getFirstMappedPort() + "/" + postgres.getDatabaseName(),
                "redis://" + redis.getHost() + ":" + redis.getFirstMappedPort(),
                Optional.empty());
    }

    private static TestServers own(OwnServers servers) {
        atExit(servers::close);
        return new TestServers(servers.postgres().uri(), servers.redis().uri(), servers.caFile());
    }

    private static Path directory() {
        try {
            return Files.createTempDirectory("rocket-rides-test");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void atExit(Runnable stop) {
        Runtime.getRuntime().addShutdownHook(new Thread(stop, "stop the test servers"));
    }

    private static String required(String variable) {
        var value = System.getenv(variable);
        if (value == null || value.isEmpty()) {
            throw new IllegalStateException("-Dtest.servers=external needs the environment variable " + variable);
        }
        return value;
    }
}
