package rocketrides;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static rocketrides.testing.Eventually.eventually;

import io.vertx.core.json.JsonObject;
import io.vertx.redis.client.Command;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import rocketrides.config.Settings.Delivery;
import rocketrides.rides.RideBooks;
import rocketrides.servers.LogTables;
import rocketrides.servers.ServerException;
import rocketrides.status.FullAudit;
import rocketrides.testing.RedisGroup;
import rocketrides.testing.RedisServer;
import rocketrides.testing.TestLog;
import rocketrides.testing.TestRole;
import rocketrides.testing.TestServers;

/** A log with four partitions: what one of them holds is a log of its own, and together they hold everything once. */
class PartitionsTest {
    private static final int PARTITIONS = 4;
    private static final int KEYS = 20;

    private final TestLog log = new TestLog(Delivery.IDEMPOTENT, 10_000, PARTITIONS);
    private final List<Application> processes = new ArrayList<>();

    @AfterEach
    void stop() {
        processes.forEach(Application::stop);
        log.close();
    }

    /** With as many failures on purpose as the demo has. */
    private Application start() throws Exception {
        return start(Map.of());
    }

    private Application start(Map<String, String> more) throws Exception {
        var environment = new HashMap<>(Map.of(
                "ROCKET_RIDES_API_INSTANCES", "0",
                "ROCKET_RIDES_SIMULATOR_INSTANCES", "0",
                "ROCKET_RIDES_LOG_DELIVERY", "idempotent",
                "ROCKET_RIDES_STREAMER_POLL_INTERVAL", "20ms"));
        environment.putAll(more);
        var process = TestProgram.application(log.environment(environment));
        processes.add(process);
        process.start();
        return process;
    }

    /** Each ride has one of the keys, by its id. */
    private void stage(int rides) {
        log.sql("""
                WITH r AS (
                  INSERT INTO rides (distance) SELECT g FROM generate_series(1, $1::int) g RETURNING id, distance)
                SELECT stage_record('create', 'ride',
                         jsonb_build_object('id', id, 'distance', distance, 'key', id % KEYS), 'key ' || id % KEYS)
                  FROM r ORDER BY id""".replace("KEYS", "" + KEYS), rides);
    }

    private void assertAllIsCounted(long rides) {
        eventually(
                () -> rides + " rides are counted by both consumers: "
                        + log.row("SELECT string_agg(t::text, ' ') FROM total_distances t")
                                .getString(0),
                () -> log.number(
                                "SELECT count(*) FROM (SELECT FROM total_distances GROUP BY consumer HAVING sum(rides) = $1) c",
                                rides)
                        == 2);
    }

    private long owners(String role) {
        return log.number("SELECT count(DISTINCT owner) FROM assignments WHERE role = $1 AND until > now()", role);
    }

    private void assertTheBooksBalance() {
        var findings = TestLog.await(FullAudit.run(log.pool(TestRole.MONITORING), new RideBooks(), check -> {}));
        assertTrue(findings.stream().allMatch(finding -> finding.right()), findings::toString);
    }

    /** Broken: streamers and consumers fail on purpose, one process comes and another one goes. */
    @Test
    void twoProcessesShareThePartitionsAndEachKeyKeepsItsOrder() throws Exception {
        start();
        for (int i = 0; i < 20; i++) {
            stage(10);
        }
        assertAllIsCounted(200);
        start();
        for (var role : List.of("streamer", "consumer0", "consumer1")) {
            eventually("two processes share " + role, () -> owners(role) == 2);
        }
        for (int i = 0; i < 20; i++) {
            stage(10);
        }
        assertAllIsCounted(400);
        processes.remove(0).stop();
        for (int i = 0; i < 20; i++) {
            stage(10);
        }
        assertAllIsCounted(600);

        assertTheBooksBalance();
        assertEquals(PARTITIONS, log.number("SELECT count(*) FROM log_head WHERE next_offset > 1"));
        assertEquals(KEYS, log.number("SELECT count(DISTINCT (data->>'key', partition)) FROM log_records"), "one each");
        assertEquals(0, log.number("""
                        SELECT count(*) FROM (
                          SELECT id, lag(id) OVER (PARTITION BY key ORDER BY "offset") AS before
                            FROM (SELECT (data->>'id')::bigint AS id, data->>'key' AS key, "offset" FROM log_records) r) s
                         WHERE id < before"""), "of a key in another order");
        for (int partition = 0; partition < PARTITIONS; partition++) {
            assertEquals(
                    log.number("SELECT next_offset - 1 FROM log_head WHERE partition = $1", (short) partition),
                    log.redis(Command.XLEN, log.streamOf(partition)).toLong());
        }
        assertEquals(0, log.redis(Command.XLEN, log.settings.stream()).toLong());
    }

    /** Broken: the master of a stream dies, and its replica takes over. Must hold: all is counted, and published then. */
    @Test
    void theStreamsAreSpreadOverTheNodesOfACluster(@TempDir Path directory) throws Exception {
        try (var cluster = RedisGroup.cluster(directory)) {
            start(Map.of("REDIS_URL", cluster.uri()));
            for (int i = 0; i < 10; i++) {
                stage(10);
            }
            assertAllIsCounted(100);
            var masters = new HashSet<RedisServer>();
            for (int partition = 0; partition < PARTITIONS; partition++) {
                masters.add(cluster.masterOf(log.streamOf(partition)));
            }
            assertTrue(masters.size() > 1, masters::toString);
            masters.iterator().next().crash();
            for (int i = 0; i < 10; i++) {
                stage(10);
            }
            assertAllIsCounted(200);
            eventually(
                    "everything is published",
                    () -> log.number("SELECT count(*) FROM log_head JOIN log_cursor USING (partition)"
                                    + " WHERE published = next_offset - 1")
                            == PARTITIONS);
            assertTheBooksBalance();
            processes.remove(0).stop();
        }
    }

    @Test
    void aConsumerIsSentBackToTheBeginningInAllPartitions() throws Exception {
        start();
        for (int i = 0; i < 5; i++) {
            stage(20);
        }
        assertAllIsCounted(100);
        log.sql("UPDATE total_distances SET rides = 0");
        Main.program()
                .commandLine()
                .execute("consumer", "rewind", "consumer0", "--to", "beginning", "--yes", "--conf", conf());
        Main.program()
                .commandLine()
                .execute("consumer", "rewind", "consumer1", "--to", "beginning", "--yes", "--conf", conf());
        assertAllIsCounted(100);
        assertTheBooksBalance();
        assertEquals(
                1,
                Main.program()
                        .commandLine()
                        .execute("consumer", "rewind", "consumer0", "--to", "5", "--yes", "--conf", conf()));
    }

    private String conf() throws Exception {
        var file = java.nio.file.Files.createTempFile("partitions", ".yaml");
        file.toFile().deleteOnExit();
        return java.nio.file.Files.writeString(
                        file, log.configuration(TestRole.OPERATOR) + "  partitions: " + PARTITIONS + "\n")
                .toString();
    }

    @Test
    void theStatusHasALineForEachPartition() throws Exception {
        start();
        stage(50);
        assertAllIsCounted(50);
        var out = new StringWriter();
        var command = Main.program().commandLine().setOut(new PrintWriter(out));
        assertEquals(0, command.execute("status", "--json", "--conf", conf()));
        var partitions = new JsonObject(out.toString()).getJsonArray("partitions");
        assertEquals(PARTITIONS, partitions.size());
        long records = 0;
        for (int partition = 0; partition < PARTITIONS; partition++) {
            var line = partitions.getJsonObject(partition);
            assertEquals(partition, line.getInteger("partition"));
            assertNotNull(line.getString("owner"));
            records += line.getLong("head_offset");
        }
        assertEquals(50, records);
        assertEquals(0, command.execute("status", "--conf", conf()));
        assertTrue(out.toString().contains("partition  3: head "), out::toString);
    }

    @Test
    void anotherNumberIsRefused() {
        var postgres = TestServers.connect(log.vertx, log.postgresUri(TestRole.PROCESS), 1);
        for (int other : new int[] {1, PARTITIONS + 1}) {
            var refused = assertThrows(
                    ServerException.class,
                    () -> TestLog.await(postgres.ready(new LogTables(TestServers.SCHEMA.texts(), other))));
            assertTrue(
                    refused.getMessage().startsWith("log.partitions is " + other + ", but the log in Postgres at ")
                            && refused.getMessage().contains(" has 4 partitions. ")
                            && refused.getMessage().endsWith(": rocket-rides-log partitions " + other),
                    refused::getMessage);
        }
        TestLog.await(postgres.ready(new LogTables(TestServers.SCHEMA.texts(), PARTITIONS)));
        TestLog.await(postgres.close());
    }

    /** The formula is a promise: whoever computes it elsewhere has to agree. */
    @Test
    void thePartitionIsThatOfTheKeyOrOneForAStatement() {
        assertEquals(
                0,
                log.number(
                        "SELECT count(*) FROM generate_series(1, 1000) n"
                                + " WHERE partition_of('key ' || n) <> ('x' || left(md5('key ' || n), 8))::bit(32)::bigint % 4"));
        for (int i = 0; i < 100; i++) {
            log.stage(5);
        }
        assertEquals(100, log.number("SELECT count(DISTINCT (partition, (id - 1) / 5)) FROM staged_log_records"));
        assertEquals(PARTITIONS, log.number("SELECT count(DISTINCT partition) FROM staged_log_records"));
    }
}
