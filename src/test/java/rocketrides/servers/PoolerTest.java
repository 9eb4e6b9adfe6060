package rocketrides.servers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import io.vertx.sqlclient.Tuple;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import rocketrides.testing.PgBouncer;
import rocketrides.testing.TestServers;

/**
 * A real PgBouncer in front of Postgres, and a database whose sessions have the required settings, except those that a
 * test changes.
 */
@ExtendWith(VertxExtension.class)
class PoolerTest {
    private static final String IGNORE = "ignore_startup_parameters = " + SessionSettings.ignored();

    @TempDir
    Path directory;

    private Vertx vertx;
    private final List<Postgres> opened = new ArrayList<>();
    private final String database = "pooler_" + ProcessHandle.current().pid() + "_" + System.nanoTime();
    private PgBouncer pooler;

    @BeforeEach
    void create(Vertx vertx) throws Exception {
        this.vertx = vertx;
        if (!PgBouncer.isInstalled()) {
            System.out.println("PgBouncer is not installed (apt-get install pgbouncer): poolers are not tested");
        }
        assumeTrue(PgBouncer.isInstalled());
        run("CREATE DATABASE " + database);
    }

    @AfterEach
    void drop() throws Exception {
        for (Postgres each : opened) {
            each.close().await(5, TimeUnit.SECONDS);
        }
        if (pooler != null) {
            pooler.close();
            run("DROP DATABASE " + database + " WITH (FORCE)");
        }
    }

    private void run(String sql) throws Exception {
        var server = TestServers.connect(vertx, TestServers.postgres(), 1);
        server.pool().query(sql).execute().await(20, TimeUnit.SECONDS);
        server.close().await(5, TimeUnit.SECONDS);
    }

    private void giveSettings() throws Exception {
        for (var setting : SessionSettings.OF_ALL.entrySet()) {
            run("ALTER DATABASE " + database + " SET " + setting.getKey() + " = '" + setting.getValue() + "'");
        }
    }

    private Postgres through(String... settings) throws Exception {
        pooler = new PgBouncer(directory, TestServers.postgres(database), settings);
        return connect(pooler.uri());
    }

    private Postgres connect(String uri) {
        var postgres = TestServers.connect(vertx, uri, 2);
        opened.add(postgres);
        return postgres;
    }

    private static String refusal(Postgres postgres) {
        var failure = assertThrows(
                Exception.class, () -> postgres.ready(TestServers.SCHEMA).await(15, TimeUnit.SECONDS));
        return assertInstanceOf(ServerException.class, failure, failure::toString)
                .getMessage();
    }

    @Test
    void aPoolerThatKnowsNotOurSettingsIsToldWhatToDo() throws Exception {
        var message = refusal(through("pool_mode = session"));
        assertTrue(message.contains("unsupported startup parameter: "), message);
        assertTrue(
                message.contains("set ignore_startup_parameters = extra_float_digits, synchronous_commit, "), message);
    }

    @Test
    void theDocumentationKnowsAllOurSettings() throws Exception {
        assertTrue(Files.readString(Path.of("docs/operating.md")).contains(IGNORE + "\n"), IGNORE);
    }

    @Test
    void settingsThatAreDroppedAreMissed() throws Exception {
        run("ALTER DATABASE " + database + " SET synchronous_commit = 'off'");
        var message = refusal(through("pool_mode = session", IGNORE));
        assertTrue(message.contains("synchronous_commit is off (must be on), "), message);
        assertTrue(message.contains("statement_timeout is 0 (must be 30s)"), message);
        assertTrue(message.contains("ALTER ROLE"), message);
    }

    @Test
    void aPoolerOfWholeSessionsWillDo() throws Exception {
        giveSettings();
        run("ALTER DATABASE " + database + " SET synchronous_commit = 'remote_apply'");
        var postgres = through("pool_mode = session", IGNORE);
        postgres.ready(TestServers.SCHEMA).await(20, TimeUnit.SECONDS);
        for (int i = 1; i <= 2; i++) {
            postgres.pool()
                    .preparedQuery("INSERT INTO rides (distance) VALUES ($1)")
                    .execute(Tuple.of(i))
                    .await(10, TimeUnit.SECONDS);
        }
        var rides = postgres.pool().query("SELECT FROM rides").execute().await(10, TimeUnit.SECONDS);
        assertEquals(2, rides.size());
    }

    @ParameterizedTest
    @ValueSource(strings = {"transaction", "statement"})
    void aPoolerThatSharesSessionsIsRefused(String mode) throws Exception {
        giveSettings();
        var message = refusal(through("pool_mode = " + mode, IGNORE));
        assertTrue(message.contains("pool_mode = session"), message);
    }

    /** Broken: the pooler has two idle sessions, and takes the one that has been idle for longest. */
    @Test
    void oneThatTakesThemInTurnIsRefused() throws Exception {
        giveSettings();
        var postgres = through("pool_mode = transaction", "server_round_robin = 1", IGNORE);
        var first = postgres.pool().getConnection().await(10, TimeUnit.SECONDS);
        var second = postgres.pool().getConnection().await(10, TimeUnit.SECONDS);
        for (var each : List.of("BEGIN", "COMMIT")) {
            first.query(each).execute().await(10, TimeUnit.SECONDS);
            second.query(each).execute().await(10, TimeUnit.SECONDS);
        }
        var message = refusal(connect(pooler.uri()));
        assertTrue(message.contains("pool_mode = session"), message);
    }

    @Test
    void whatWaitingDoesNotMendEndsTheStart() throws Exception {
        through("pool_mode = session", IGNORE);
        refusal(connect(pooler.uri().replaceFirst(":[^:@]*@", ":wrong@")));
        refusal(connect(pooler.uri().replaceFirst("/[^/]*$", "/nowhere")));
    }
}
