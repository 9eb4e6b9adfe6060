package rocketrides;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import rocketrides.config.Settings.Delivery;
import rocketrides.rides.RideBooks;
import rocketrides.runtime.Faults;
import rocketrides.status.StatusReader;
import rocketrides.testing.TestLog;
import rocketrides.testing.TestRole;

/**
 * The live audit and the {@code audit} command share no code, and must have the same result for every consumer. Of ten
 * rides, "level" has counted six, "behind" has counted none, two are sealed after both checkpoints, and two are staged.
 */
class SameVerdictTest {
    private static final Map<String, Boolean> SOUND = Map.of("behind", true, "level", true);
    private static final Map<String, Boolean> BROKEN = Map.of("behind", false, "level", false);

    @TempDir
    Path directory;

    private final TestLog log = new TestLog(Delivery.AT_LEAST_ONCE);
    private String conf;

    @BeforeEach
    void fill() throws Exception {
        log.stage(6);
        log.relay(log.streamer(log.stream(), Faults.NONE, 2));
        log.consume(log.consumer("level"), "level");
        log.sql("INSERT INTO checkpoints (name, projection, last_offset) VALUES ('behind', 'total_distance', 0)");
        log.stage(4);
        TestLog.await(log.staged.seal(2));
        conf = Files.writeString(directory.resolve("conf.yaml"), log.configuration(TestRole.MONITORING))
                .toString();
    }

    @AfterEach
    void close() {
        log.close();
    }

    private Map<String, Boolean> live() {
        var reader = new StatusReader(
                log.pool(TestRole.MONITORING), log.settings, new RideBooks(), () -> Future.succeededFuture(0L));
        var verdicts = new TreeMap<String, Boolean>();
        TestLog.await(reader.read())
                .consumers()
                .forEach(consumer -> verdicts.put(consumer.name(), consumer.balanced()));
        return verdicts;
    }

    private Map<String, Boolean> full() {
        var out = new StringWriter();
        Main.program().commandLine().setOut(new PrintWriter(out)).execute("audit", "--json", "--conf", conf);
        var verdicts = new TreeMap<String, Boolean>();
        new JsonObject(out.toString())
                .getJsonArray("findings").stream()
                        .map(finding -> (JsonObject) finding)
                        .filter(finding -> SOUND.containsKey(finding.getString("check")))
                        .forEach(finding -> verdicts.put(finding.getString("check"), finding.getBoolean("right")));
        return verdicts;
    }

    private void assertVerdicts(Map<String, Boolean> expected, String state) {
        assertEquals(expected, live(), "live: " + state);
        assertEquals(expected, full(), "audit: " + state);
    }

    /** Both results must change with the state, and back. */
    private void assertVerdicts(Map<String, Boolean> expected, String breaks, String mends) {
        log.sql(breaks);
        assertVerdicts(expected, breaks);
        log.sql(mends);
        assertVerdicts(SOUND, mends);
    }

    @Test
    void ofRecordsUnderWay() {
        assertVerdicts(SOUND, "nothing is wrong");
        // They will be sealed: the streamer lowers a floor that is above them.
        log.sql("UPDATE log_head SET floor = (SELECT max(id) FROM staged_log_records)");
        assertVerdicts(SOUND, "staged records at or below the floor");
        log.stageRaw("create", "ride", "{\"distance\": -4}");
        log.stageRaw("create", "ride", "{\"distance\": \"4\"}");
        log.stageRaw("create", "rocket", "{\"distance\": 4}");
        assertVerdicts(SOUND, "records that a consumer ignores or sets aside");
        assertVerdicts(
                BROKEN,
                "UPDATE staged_log_records SET action = 'delete' WHERE data ->> 'distance' = '3.000'",
                "UPDATE staged_log_records SET action = 'create' WHERE data ->> 'distance' = '3.000'");
        assertVerdicts(
                Map.of("behind", false, "level", true),
                "UPDATE log_segments SET records = replace(records, '2.000', '2.001') WHERE first_offset = 1",
                "UPDATE log_segments SET records = replace(records, '2.001', '2.000') WHERE first_offset = 1");
    }

    @Test
    void ofRidesAndTotals() {
        assertVerdicts(
                BROKEN,
                "UPDATE rides SET distance = distance + 0.001 WHERE id = 1",
                "UPDATE rides SET distance = distance - 0.001 WHERE id = 1");
        assertVerdicts(
                BROKEN,
                "INSERT INTO rides (distance) VALUES (7)",
                "DELETE FROM rides WHERE id = (SELECT max(id) FROM rides)");
        assertVerdicts(
                Map.of("behind", true, "level", false),
                "UPDATE total_distances SET rides = rides + 1",
                "UPDATE total_distances SET rides = rides - 1");
        assertVerdicts(
                Map.of("behind", false, "level", true),
                "INSERT INTO total_distances VALUES ('behind', 0, 0, 0, 1)",
                "DELETE FROM total_distances WHERE consumer = 'behind'");
        assertVerdicts(
                Map.of("behind", false, "level", true),
                "UPDATE checkpoints SET last_offset = 1 WHERE name = 'behind'",
                "UPDATE checkpoints SET last_offset = 0 WHERE name = 'behind'");
    }

    @Test
    void ofAnotherProjection() {
        log.sql("UPDATE total_distances SET rides = rides + 1");
        assertVerdicts(Map.of("behind", true, "level", false), "the total is wrong");
        log.sql("UPDATE checkpoints SET projection = 'ride_lengths'");
        assertVerdicts(SOUND, "whose state neither knows");
    }
}
