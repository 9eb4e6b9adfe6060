package rocketrides;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static rocketrides.testing.Eventually.eventually;

import io.vertx.redis.client.Command;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import rocketrides.config.Settings.Delivery;
import rocketrides.testing.TestLog;

/**
 * Records of the largest size, and a process with little memory: all of them pass from the queue to both consumers. Far
 * more than the process could hold are waiting, and batches of 1,000 records are allowed. The same with 1,000 records:
 * {@code -Dlarge.records=1000}.
 */
class LargeRecordsTest {
    private static final int RECORDS = Integer.getInteger("large.records", 150);

    /** All but what {"distance": 1, "pad": ""} takes. */
    private static final int PAD = (1 << 20) - 26;

    private final TestLog log = new TestLog(Delivery.IDEMPOTENT);

    @TempDir
    Path directory;

    private Process process;

    @AfterEach
    void close() throws Exception {
        if (process != null) {
            process.destroyForcibly().waitFor();
        }
        log.close();
    }

    @Test
    void passThroughAProcessWithLittleMemory() throws Exception {
        log.sql("""
            WITH r AS (INSERT INTO rides (distance) SELECT 1 FROM generate_series(1, $1::int) RETURNING id)
            INSERT INTO staged_log_records (action, object, data)
            SELECT 'create', 'ride', jsonb_build_object('distance', 1, 'pad', repeat('x', $2)) FROM r""", RECORDS, PAD);
        assertEquals(1 << 20, log.number("SELECT min(data_size) FROM staged_log_records"));

        start(RECORDS > 150 ? "-Xmx256m" : "-Xmx128m");
        awaitConsumersAtTheHead();

        assertEquals(RECORDS, log.number("SELECT next_offset - 1 FROM log_head"));
        assertEquals(2L * RECORDS, log.number("SELECT sum(total_distance)::bigint FROM total_distances"));
        assertEquals(0, log.number("SELECT sum(rejected + gaps_healed) FROM checkpoints"));
        assertEquals(RECORDS, log.redis(Command.XLEN, log.settings.stream()).toLong());
    }

    private void start(String heap) throws Exception {
        var classes = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        var builder = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        heap,
                        "-XX:+ExitOnOutOfMemoryError",
                        "-cp",
                        classes,
                        Main.class.getName(),
                        "--conf",
                        Path.of("conf", "production.yaml").toAbsolutePath().toString())
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output().toFile());
        builder.environment().keySet().removeIf(name -> name.startsWith("ROCKET_RIDES_"));
        builder.environment().putAll(log.environment(Map.of()));
        process = builder.start();
    }

    private Path output() {
        return directory.resolve("output");
    }

    private void awaitConsumersAtTheHead() {
        String level = "SELECT count(*) FROM checkpoints WHERE last_offset = $1";
        eventually(Duration.ofMinutes(5), process, output(), () -> log.number(level, (long) RECORDS) == 2);
    }
}
