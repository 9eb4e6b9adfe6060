package rocketrides.servers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import rocketrides.embedded.Ports;
import rocketrides.testing.FakeRedis;
import rocketrides.testing.TestLog;

/** Sentinels and nodes that give unusual replies, or none, about the master. */
@ExtendWith(VertxExtension.class)
class MasterSearchTest {
    private static final String NIL = "*-1";

    private Vertx vertx;
    private final List<FakeRedis> servers = new ArrayList<>();
    private final List<List<String>> asked = new CopyOnWriteArrayList<>();

    @BeforeEach
    void start(Vertx vertx) {
        this.vertx = vertx;
    }

    @AfterEach
    void close() throws Exception {
        for (FakeRedis each : servers) {
            each.close();
        }
    }

    private FakeRedis server(Function<List<String>, String> answers) throws Exception {
        var server = new FakeRedis(command -> {
            asked.add(command);
            return FakeRedis.greeting(command).orElseGet(() -> answers.apply(command));
        });
        servers.add(server);
        return server;
    }

    private FakeRedis node(String role, String content) throws Exception {
        return server(command -> command.get(0).equalsIgnoreCase("role") ? array(bulk(role)) : "+" + content);
    }

    private FakeRedis sentinel(String answer) throws Exception {
        return server(
                command -> command.size() == 3 && command.get(2).equals("mymaster") ? answer : "-ERR unknown command");
    }

    private FakeRedis clusterNode(String slots) throws Exception {
        return server(command -> switch (command.get(command.size() - 1).toUpperCase(Locale.ROOT)) {
            case "KEY" -> ":42";
            case "SLOTS" -> slots;
            default -> "-ERR unknown command";
        });
    }

    private static String bulk(String text) {
        return text == null ? "$-1" : "$" + text.length() + "\r\n" + text;
    }

    private static String array(String... elements) {
        return Stream.concat(Stream.of("*" + elements.length), Stream.of(elements))
                .collect(Collectors.joining("\r\n"));
    }

    private static String address(String host, int port) {
        return array(bulk(host), bulk("" + port));
    }

    private static String range(int first, int last, String... node) {
        return array(":" + first, ":" + last, array(node));
    }

    private static String hosts(FakeRedis... servers) {
        return Stream.of(servers).map(each -> "127.0.0.1:" + each.port()).collect(Collectors.joining(","));
    }

    /** The content of the server that the client connects to. */
    private String content(RedisClient client) {
        return TestLog.await(TestLog.onContext(vertx, () -> {
                    var connection = client.hold();
                    return connection
                            .send(Request.cmd(Command.GET).arg("key"))
                            .onComplete(answered -> connection.close());
                }))
                .toString();
    }

    /** Each host has 5 s for its reply: on a busy machine, the first connections of a JVM need that long. */
    private RedisClient client(String uri) {
        return new RedisClient(vertx, uri, Optional.empty(), "key", Duration.ofSeconds(25));
    }

    private RedisClient overSentinels(FakeRedis... sentinels) {
        return client("redis-sentinel://" + hosts(sentinels) + "/mymaster");
    }

    private String failure(RedisClient client) {
        return assertThrows(Exception.class, () -> content(client)).getMessage();
    }

    @Test
    void aSentinelNamesTheMaster() throws Exception {
        var master = node("master", "here");
        assertEquals("here", content(overSentinels(sentinel(address("127.0.0.1", master.port())))));
    }

    @Test
    void theNextSentinelIsAskedIfOneDoesNotKnowTheMasterOrNamesAReplica() throws Exception {
        var master = node("master", "here");
        var replica = node("slave", "there");
        var client = overSentinels(
                sentinel(NIL),
                sentinel(address("127.0.0.1", replica.port())),
                sentinel("-NOAUTH Authentication required."),
                sentinel(address("127.0.0.1", master.port())));
        for (int i = 0; i < 5; i++) {
            assertEquals("here", content(client));
        }
    }

    /** Broken: a Sentinel accepts connections and does not answer. Must hold: the next one is asked after a second. */
    @Test
    void aFrozenSentinelCostsABoundedTime() throws Exception {
        var master = node("master", "here");
        var frozen = new FakeRedis((String) null);
        servers.add(frozen);
        var uri = "redis-sentinel://" + hosts(frozen, sentinel(address("127.0.0.1", master.port()))) + "/mymaster";
        var client = new RedisClient(vertx, uri, Optional.empty(), "key");
        assertEquals("here", content(client));
        assertEquals("here", content(client));
        assertEquals(1, frozen.connections(), "each search begins with another one");
    }

    @Test
    void whoeverIsAskedInVainIsNamedWithTheReason() throws Exception {
        var replica = node("slave", "there");
        var first = sentinel(NIL);
        var second = sentinel(address("127.0.0.1", replica.port()));
        var third = sentinel(address("no host", 6379));
        var failure = failure(client("redis-sentinel://me:hunter2@" + hosts(first, second, third) + "/mymaster"));
        assertTrue(failure.startsWith("Redis at redis-sentinel://127.0.0.1:" + first.port() + ","), failure);
        assertTrue(failure.contains(first.port() + ": it knows no master 'mymaster'"), failure);
        assertTrue(failure.contains("it names 127.0.0.1:" + replica.port() + ", which is a slave"), failure);
        assertTrue(failure.contains("'no host', port 6379, which is no host"), failure);
        assertFalse(failure.contains("hunter2"), failure);
    }

    /** Whatever form the URI has: the server, its address, the setting and the reason, and none of Netty's words. */
    @ParameterizedTest
    @CsvSource({
        "redis://127.0.0.1:%d, 'connection refused by 127.0.0.1:%1$d'",
        "redis-sentinel://127.0.0.1:%d/m, 'no master found (127.0.0.1:%1$d: connection refused by 127.0.0.1:%1$d)'",
        "redis-cluster://127.0.0.1:%d, 'no master found (127.0.0.1:%1$d: connection refused by 127.0.0.1:%1$d)'",
        "redis://nowhere.invalid, unknown host nowhere.invalid"
    })
    void aServerThatCannotBeReachedIsNamed(String form, String reason) {
        int free = Ports.freeOr(0);
        var uri = String.format(Locale.ROOT, form, free);
        assertEquals(
                "Redis at " + uri + (uri.endsWith("invalid") ? ":6379" : "") + ": "
                        + String.format(Locale.ROOT, reason, free) + " (redis.uri, REDIS_URL)",
                failure(client(uri)));
    }

    @Test
    void theMasterGetsItsPasswordAndTheSentinelsTheirs() throws Exception {
        var master = node("master", "here");
        var sentinel = sentinel(address("127.0.0.1", master.port()));
        assertEquals("here", content(client("redis-sentinel://me:secret@" + hosts(sentinel) + "/mymaster?db=3")));
        assertEquals(List.of(List.of("AUTH", "me", "secret")), logins(), asked::toString);
        assertTrue(asked.stream().anyMatch(command -> command.equals(List.of("select", "3"))), asked::toString);
        asked.clear();
        var both = "redis-sentinel://me:secret@" + hosts(sentinel)
                + "/mymaster?sentinel-user=guard&sentinel-password=other";
        assertEquals("here", content(client(both)));
        assertEquals(List.of(List.of("AUTH", "guard", "other"), List.of("AUTH", "me", "secret")), logins());
    }

    /** The words after {@code HELLO 2}, each once. */
    private List<List<String>> logins() {
        return asked.stream()
                .filter(command -> command.get(0).equalsIgnoreCase("hello"))
                .map(command -> command.subList(2, command.size()))
                .filter(login -> !login.isEmpty())
                .distinct()
                .toList();
    }

    /** A node with an empty or unknown host name is reached at the host that was asked, or at its IP address. */
    @ParameterizedTest
    @CsvSource({"127.0.0.1", "localhost", "''", ",", "?"})
    void aNodeMayAnnounceAnEmptyOrUnknownHost(String host) throws Exception {
        var master = node("master", "here");
        var more = array(bulk("ip"), bulk("127.0.0.1"));
        var node = clusterNode(array(
                range(0, 41, bulk("127.0.0.2"), ":1", bulk("id"), array()),
                range(42, 16383, bulk(host), ":" + master.port(), bulk("id"), more)));
        assertEquals("here", content(client("redis-cluster://" + hosts(node))));
    }

    @Test
    void aSlotWithoutOwnerIsSaid() throws Exception {
        var node = clusterNode(array(
                range(0, 41, bulk("127.0.0.1"), ":1", bulk("id")),
                range(43, 16383, bulk("127.0.0.1"), ":1", bulk("id"))));
        var failure = failure(client("redis-cluster://" + hosts(node)));
        assertTrue(failure.contains("it says that slot 42, where key 'key' belongs, has no owner"), failure);
        var alone = server(command -> "-ERR This instance has cluster support disabled");
        failure = failure(client("redis-cluster://" + hosts(alone)));
        assertTrue(failure.contains("answers ERR This instance has cluster support disabled"), failure);
    }

    @Test
    void theNextNodeIsAskedIfOneIsAwayAndWhoHoldsNoConnectionAsksAgain() throws Exception {
        var old = node("master", "old");
        var now = node("master", "new");
        var away = new FakeRedis("");
        away.close();
        var owner = new CopyOnWriteArrayList<>(List.of(old));
        var node = server(command -> command.get(1).equalsIgnoreCase("KEYSLOT")
                ? ":42"
                : array(range(0, 16383, bulk("127.0.0.1"), ":" + owner.get(0).port(), bulk("id"))));
        var client = client("redis-cluster://" + hosts(away, node));
        assertEquals("old", content(client));
        owner.set(0, now);
        assertEquals("new", content(client));
    }
}
