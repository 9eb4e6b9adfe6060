package rocketrides;

import com.github.dockerjava.api.DockerClient;
import io.vertx.pgclient.PgConnectOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.postgresql.PostgreSQLContainer;
import org.testcontainers.utility.DockerImageName;
import rocketrides.servers.EmbeddedServers;

/**
 * Real servers for the tests, one pair for each JVM: {@code -Dtest.servers=containers|embedded|external}, the last with
 * {@code DATABASE_URL} and {@code REDIS_URL}. By default containers where a Docker engine answers, else embedded ones.
 */
public final class TestServers {
    private static final String POSTGRES_IMAGE = "postgres:18-alpine";
    private static final String REDIS_IMAGE = "redis:8-alpine";
    private static final TestServers INSTANCE = start();

    private final String postgres;
    private final String redis;

    private TestServers(String postgres, String redis) {
        this.postgres = postgres;
        this.redis = redis;
    }

    /** {@code postgresql://…}, for a role that may create databases. */
    public static String postgres() {
        return INSTANCE.postgres;
    }

    /** The same server with another database. */
    public static String postgres(String database) {
        return INSTANCE.postgres.replaceFirst("(//[^/]+/)[^?]*", "$1" + database);
    }

    /** {@code redis://…}; the tests flush it. */
    public static String redis() {
        return INSTANCE.redis;
    }

    public static PgConnectOptions connectOptions() {
        return PgConnectOptions.fromUri(INSTANCE.postgres);
    }

    private static TestServers start() {
        var asked = System.getProperty("test.servers", "auto").toLowerCase(Locale.ROOT);
        var kind = asked.equals("auto") ? dockerAnswers() ? "containers" : "embedded" : asked;
        System.out.println("Tests use " + kind + " servers"
                + (asked.equals("auto") ? " (-Dtest.servers=containers|embedded|external forces a choice)" : ""));
        return switch (kind) {
            case "containers" -> containers();
            case "embedded" -> embedded();
            case "external" -> new TestServers(required("DATABASE_URL"), required("REDIS_URL"));
            default ->
                throw new IllegalArgumentException(
                        "test.servers is \"" + kind + "\", allowed: auto, containers, embedded, external");
        };
    }

    private static boolean dockerAnswers() {
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
                "redis://" + redis.getHost() + ":" + redis.getFirstMappedPort());
    }

    private static TestServers embedded() {
        try {
            var directory = Files.createTempDirectory("rocket-rides-test");
            var binaries = Path.of("target", "test-servers").toAbsolutePath();
            var servers = new EmbeddedServers(directory, binaries, true, true);
            atExit(servers::stop);
            var uris = servers.start();
            return new TestServers(uris.postgres().orElseThrow(), uris.redis().orElseThrow());
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
