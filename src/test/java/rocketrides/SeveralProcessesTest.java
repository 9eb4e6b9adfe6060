package rocketrides;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static rocketrides.testing.Eventually.eventually;

import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import rocketrides.config.Settings.Delivery;
import rocketrides.testing.BeatHistory;
import rocketrides.testing.Proxy;
import rocketrides.testing.TestLog;
import rocketrides.testing.TestRole;

/** Several processes on one log, each with all roles. Must hold: each role is done by one of them, and nothing is left out. */
class SeveralProcessesTest {
    /** Each role with a loop that tells of it. */
    private static final Map<String, String> ROLES = Map.of(
            "streamer", "streamer0 (sealing)",
            "consumer0", "consumer0",
            "consumer1", "consumer1",
            "retention", "retention",
            "audit", "audit");

    @TempDir
    Path directory;

    private final TestLog log = new TestLog(Delivery.AT_LEAST_ONCE);
    private final BeatHistory history = new BeatHistory(log);
    private final HttpClient http = log.vertx.createHttpClient();
    private final List<Application> processes = new ArrayList<>();

    @AfterEach
    void stop() {
        processes.forEach(Application::stop);
        log.close();
    }

    private Map<String, String> environment() {
        return log.environment(new HashMap<>(Map.of(
                "ROCKET_RIDES_API_INSTANCES", "0",
                "ROCKET_RIDES_SIMULATOR_INSTANCES", "0",
                "ROCKET_RIDES_STREAMER_POLL_INTERVAL", "20ms",
                "ROCKET_RIDES_FAILURES_STREAMER_AFTER_PUBLISH", "0",
                "ROCKET_RIDES_FAILURES_CONSUMER_BEFORE_SAVE", "0")));
    }

    private Application start(Map<String, String> environment) throws Exception {
        var process = TestProgram.application(environment);
        processes.add(process);
        process.start();
        return process;
    }

    private JsonObject health(Application process) {
        return TestLog.await(TestLog.onContext(
                log.vertx, () -> http.request(HttpMethod.GET, process.port(), "127.0.0.1", "/health/ready")
                        .compose(request -> request.send())
                        .compose(response -> response.body())
                        .map(body -> body.toJsonObject())));
    }

    /** What the process works at, by its own account. */
    private Set<String> worksAt(Application process) {
        var loops = health(process).getJsonObject("roles");
        return ROLES.entrySet().stream()
                .filter(role -> "up".equals(loops.getString(role.getValue())))
                .map(Map.Entry::getKey)
                .collect(Collectors.toSet());
    }

    private Map<Application, Set<String>> work() {
        var work = new HashMap<Application, Set<String>>();
        processes.forEach(process -> work.put(process, worksAt(process)));
        return work;
    }

    /** Whether each role is done once. */
    private static boolean isDivided(Map<Application, Set<String>> work) {
        var all = work.values().stream().flatMap(Set::stream).sorted().toList();
        return all.equals(ROLES.keySet().stream().sorted().toList());
    }

    private Map<String, String> owners() {
        var owners = new TreeMap<String, String>();
        log.sql("SELECT role, owner FROM assignments WHERE until > now()")
                .forEach(row -> owners.put(row.getString(0), row.getString(1)));
        return owners;
    }

    /** As the members share them when nothing happens. */
    private Map<String, String> shares() {
        var shares = new TreeMap<String, String>();
        log.sql("SELECT DISTINCT ON (role) role, id FROM members ORDER BY role, md5(role || ' ' || id) COLLATE \"C\"")
                .forEach(row -> shares.put(row.getString(0), row.getString(1)));
        return shares;
    }

    private void assertAllIsCounted(int rides) {
        eventually(
                rides + " rides are counted by both consumers",
                () -> log.number("SELECT count(*) FROM total_distances WHERE rides = $1", (long) rides) == 2);
    }

    /** A newcomer has its share after two beats: the first makes the owner give it back at its next beat, the second takes it. */
    @Test
    void threeShareTheWorkAndOneThatStopsGivesItBackAtOnce() throws Exception {
        start(environment());
        start(environment());
        start(environment());
        eventually(() -> "each has its share: " + shares() + ", but " + owners(), () -> owners().equals(shares()));
        eventually(() -> "each role is done once: " + work(), () -> isDivided(work()));
        assertEquals(ROLES.size(), history.ownedByTheFirstBeat());
        assertEquals(0, history.kept());
        assertBeatsTakeWhatIsFree();
        log.stage(20);
        assertAllIsCounted(20);

        processes.remove(0).stop();
        assertEquals(2, log.number("SELECT count(DISTINCT id) FROM members"));
        assertTrue(shares().values().containsAll(owners().values()), "what it owned is still its");
        eventually(() -> "each role is done once: " + work(), () -> isDivided(work()));
        log.stage(20);
        assertAllIsCounted(40);
        assertBeatsTakeWhatIsFree();
    }

    private void assertBeatsTakeWhatIsFree() {
        assertEquals(0, history.hesitated());
        long between = history.millisBetweenBeats();
        assertTrue(between < 1_000, "a beat each " + between + " ms");
    }

    /**
     * Broken: a process that owns everything is killed. Must hold: the first beat of another one after the end of the leases
     * takes everything, which is a lease and a beat after the last one of the dead process.
     */
    @Test
    void anotherOneTakesOverFromOneThatIsKilled() throws Exception {
        var killed = fork();
        try {
            awaitThatItOwnsAll(killed);
            var first = owners().get("audit");
            var second = start(environment());
            killed.destroyForcibly().waitFor();
            eventually(() -> "the other one works: " + work(), () -> worksAt(second)
                    .equals(ROLES.keySet()));
            assertTrue(history.changes() >= ROLES.size());
            assertBeatsTakeWhatIsFree();
            assertTrue(!owners().containsValue(first), "the dead one owns something");
            log.stage(20);
            assertAllIsCounted(20);
        } finally {
            killed.destroyForcibly();
        }
    }

    private Process fork() throws Exception {
        var builder = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        "rocketrides.Main")
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("output").toFile());
        builder.environment().putAll(environment());
        return builder.start();
    }

    private void awaitThatItOwnsAll(Process process) {
        eventually(Duration.ofSeconds(90), () -> "the first owns all, not only " + owners(), () -> {
            assertTrue(process.isAlive(), () -> "the first has ended, and owned " + owners());
            return owners().keySet().containsAll(ROLES.keySet());
        });
    }

    /** Broken: a process loses Postgres for longer than a lease. Must hold: it works at nothing, and then again. */
    @Test
    void oneThatCannotReachPostgresOwnsNothing() throws Exception {
        var uri = log.postgresUri(TestRole.PROCESS);
        try (var proxy = new Proxy(log.vertx, URI.create(uri).getPort())) {
            var environment = environment();
            environment.put("DATABASE_URL", uri.replaceFirst("(@[^/]*:)\\d+/", "$1" + proxy.port() + "/"));
            var process = start(environment);
            eventually(() -> "it works: " + work(), () -> worksAt(process).equals(ROLES.keySet()));
            proxy.blackHole(true);
            eventually(() -> "it owns nothing: " + health(process), () -> {
                var roles = health(process).getJsonObject("roles");
                return ROLES.keySet().stream().allMatch(role -> "not owned".equals(roles.getString(role)));
            });
            proxy.blackHole(false);
            log.stage(20);
            assertAllIsCounted(20);
            eventually(() -> "it works again: " + work(), () -> worksAt(process).equals(ROLES.keySet()));
        }
    }
}
