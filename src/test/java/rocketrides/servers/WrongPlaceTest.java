package rocketrides.servers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static rocketrides.testing.Eventually.eventually;

import io.vertx.core.Future;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import io.vertx.redis.client.ResponseType;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import rocketrides.embedded.EmbeddedServers;
import rocketrides.testing.FakeRedis;
import rocketrides.testing.OwnRedis;
import rocketrides.testing.OwnServers;
import rocketrides.testing.Proxy;
import rocketrides.testing.TestLog;

/** A server that answers that it is the wrong one is asked once. Then the master is looked up again. */
class WrongPlaceTest extends OwnRedis {
    private static final Request SET = Request.cmd(Command.SET).arg("k").arg("v");
    private static final Request EXISTS = Request.cmd(Command.EXISTS).arg("k");

    @AfterEach
    void becomeAMasterAgain() {
        HeldConnection admin = admin();
        await(() -> admin.send(replicaOf("NO", "ONE")));
        await(() -> Future.join(admin.close(), connection.close()));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "READONLY You can't write against a read only replica.",
                "MOVED 3999 127.0.0.1:6381",
                "ASK 3999 127.0.0.1:6381",
                "CLUSTERDOWN Hash slot not served",
                "TRYAGAIN Multiple keys request during rehashing of slot",
                "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.",
                "NOREPLICAS Not enough good replicas to write.",
                "UNBLOCKED force unblock from blocking operation, instance state changed (master -> replica?)",
                "LOADING Redis is loading the dataset in memory",
                "LOADING"
            })
    void isGivenUpAfterOneAnswer(String error) throws Exception {
        try (FakeRedis redis = new FakeRedis("-" + error)) {
            connection = new RedisClient(vertx, redis.uri(), Optional.empty(), "stream").hold();
            assertEquals(error, await(() -> connection.send(SET)).toString());
            assertEquals(1, redis.connections());
            List<String> refused = await(() -> connection.batch(List.of(SET, SET)));
            assertEquals(List.of("ERR [0] " + error, "ERR [1] " + error), refused);
            assertEquals(2, redis.connections());
            await(() -> connection.send(SET));
            assertEquals(3, redis.connections());
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "-ERR no such key 'READONLY'",
                "-WRONGTYPE MOVED is not a stream",
                "-OOM command not allowed when used memory > 'maxmemory'.",
                "-NOPERM LOADING CONNECTION_CLOSED",
                "-READONLYISH",
                "+READONLY",
                "+MOVED 1 127.0.0.1:1"
            })
    void isToldByItsCodeAndNothingElse(String answer) throws Exception {
        try (FakeRedis redis = new FakeRedis(answer)) {
            connection = new RedisClient(vertx, redis.uri(), Optional.empty(), "stream").hold();
            for (int i = 0; i < 2; i++) {
                assertEquals(
                        answer.substring(1), await(() -> connection.send(SET)).toString());
                assertEquals(
                        answer.startsWith("-") ? 2 : 0,
                        await(() -> connection.batch(List.of(SET, SET))).size());
            }
            assertEquals(1, redis.connections());
        }
    }

    /** The name now belongs to another server; existing connections stay with the old one. */
    @Test
    void aMasterThatBecomesAReplicaIsLeftForTheNewMaster(@TempDir Path directory) throws Exception {
        try (var old = new EmbeddedServers(directory.resolve("old"), OwnServers.BINARIES, false, true);
                var other = new EmbeddedServers(directory.resolve("other"), OwnServers.BINARIES, false, true)) {
            String oldUri = old.start().redis().orElseThrow();
            String otherUri = other.start().redis().orElseThrow();
            try (var proxy = new Proxy(vertx, port(oldUri))) {
                HeldConnection atOld = new RedisClient(vertx, oldUri, Optional.empty(), "stream").hold();
                HeldConnection atOther = new RedisClient(vertx, otherUri, Optional.empty(), "stream").hold();
                String password = oldUri.replaceFirst(".*:([^:@]*)@.*", "$1");
                await(() -> atOther.send(
                        Request.cmd(Command.ACL).arg("SETUSER").arg("default").arg(">" + password)));
                connection = new RedisClient(
                                vertx, oldUri.replaceFirst(":\\d+$", ":" + proxy.port()), Optional.empty(), "stream")
                        .hold();
                assertEquals(List.of(), await(() -> connection.batch(List.of(SET))));
                proxy.target(port(otherUri));
                assertEquals(List.of(), await(() -> connection.batch(List.of(SET))));
                assertEquals(0, await(() -> atOther.send(EXISTS)).toInteger());

                await(() -> atOld.send(replicaOf("127.0.0.1", port(otherUri))));
                assertEquals(1, await(() -> connection.batch(List.of(SET))).size());
                assertEquals(List.of(), await(() -> connection.batch(List.of(SET))));
                assertEquals(1, await(() -> atOther.send(EXISTS)).toInteger());
                await(() -> Future.join(atOld.close(), atOther.close(), connection.close()));
            }
        }
    }

    @Test
    void aReplicaIsAskedAgainOnANewConnection() {
        connection = admin();
        HeldConnection admin = admin();
        await(() -> admin.send(replicaOf("127.0.0.1", 1)));
        long before = await(this::clientId);
        assertEquals(before, await(this::clientId));
        assertTrue(await(() -> connection.batch(List.of(SET))).get(0).contains("READONLY"));
        long after = await(this::clientId);
        assertNotEquals(before, after);
        assertEquals(ResponseType.ERROR, await(() -> connection.send(SET)).type());
        assertNotEquals(after, await(this::clientId));
        await(() -> admin.send(replicaOf("NO", "ONE")));
        assertEquals(List.of(), await(() -> connection.batch(List.of(SET))));
        await(admin::close);
    }

    @Test
    void aBlockingReadThatTheServerEndsIsAskedAgainOnANewConnection() {
        connection = admin();
        HeldConnection admin = admin();
        long before = await(this::clientId);
        Future<Response> blocked = onContext(
                () -> connection.send(Request.cmd(Command.BLPOP).arg("never").arg(0), Duration.ofSeconds(20)));
        Request unblock = Request.cmd(Command.CLIENT).arg("UNBLOCK").arg(before).arg("ERROR");
        eventually("it was blocked", () -> await(() -> admin.send(unblock)).toInteger() == 1);
        assertTrue(TestLog.await(blocked).toString().startsWith("UNBLOCKED"));
        assertNotEquals(before, await(this::clientId));
        await(admin::close);
    }

    private static Request replicaOf(String host, Object port) {
        return Request.cmd(Command.REPLICAOF).arg(host).arg(port.toString());
    }

    private static int port(String uri) {
        return Integer.parseInt(uri.substring(uri.lastIndexOf(':') + 1));
    }
}
