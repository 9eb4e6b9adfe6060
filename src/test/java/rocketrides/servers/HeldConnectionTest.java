package rocketrides.servers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.Future;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import io.vertx.redis.client.ResponseType;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import rocketrides.testing.OwnRedis;

class HeldConnectionTest extends OwnRedis {
    @BeforeEach
    void connect() {
        connection = admin();
    }

    @AfterEach
    void disconnect() {
        await(connection::close);
    }

    @Test
    void aBatchSaysWhatWasRefusedAndExecutesTheRest() throws Exception {
        List<String> errors = await(() -> connection.batch(List.of(
                Request.cmd(Command.SET).arg("batched").arg("abc"),
                Request.cmd(Command.INCR).arg("batched"),
                Request.cmd(Command.LPUSH).arg("batched").arg("x"),
                Request.cmd(Command.APPEND).arg("batched").arg("d"))));
        assertEquals(2, errors.size(), errors::toString);
        assertTrue(errors.get(0).contains("not an integer"), errors::toString);
        assertTrue(errors.get(1).contains("WRONGTYPE"), errors::toString);
        assertEquals(
                "abcd",
                await(() -> connection.send(Request.cmd(Command.GET).arg("batched")))
                        .toString());
    }

    @Test
    void aSingleErrorIsAReplyToo() throws Exception {
        assertEquals(
                ResponseType.ERROR,
                await(() -> connection.send(Request.cmd(Command.create("nonsense"))))
                        .type());
    }

    @Test
    void aConnectionThatTimedOutIsNeverUsedAgain() throws Exception {
        HeldConnection hasty = new RedisClient(
                        vertx, servers.redis().uri(), servers.caFile(), "stream", Duration.ofMillis(300))
                .hold();
        long before = await(() -> clientIdOf(hasty));
        assertEquals(before, await(() -> clientIdOf(hasty)));
        await(() -> connection.send(
                Request.cmd(Command.CLIENT).arg("PAUSE").arg(1000).arg("WRITE")));
        assertInstanceOf(
                TimeoutException.class,
                failure(() -> hasty.send(Request.cmd(Command.SET).arg("a").arg(1))));
        assertNotEquals(before, await(() -> clientIdOf(hasty)));
        await(hasty::close);
        await(() -> connection.send(Request.cmd(Command.CLIENT).arg("UNPAUSE")));
    }

    @Test
    void whatIsUnderWayFailsWhenRedisStopsAndTheNextUseReconnects() throws Exception {
        await(() -> connection.send(echo("1")));
        Future<Response> blocked = onContext(
                () -> connection.send(Request.cmd(Command.BLPOP).arg("never").arg(0), Duration.ofSeconds(30)));
        servers.redis().stop();
        assertThrows(Throwable.class, () -> blocked.await(5, TimeUnit.SECONDS));
        failure(() -> connection.send(echo("2")));
        servers.redis().start();
        assertEquals("3", await(() -> connection.send(echo("3"))).toString());
    }

    @Test
    void userAndPasswordMayHoldAnyCharacter() throws Exception {
        await(() -> connection.send(Request.cmd(Command.ACL)
                .arg("SETUSER")
                .arg("a+b")
                .arg("on")
                .arg(">c+d &=%:@/ü")
                .arg("~*")
                .arg("+@all")));
        String as = "//a+b:c+d%20&=%25:%40%2F%C3%BC@";
        HeldConnection own =
                client(servers.redis().uri().replaceFirst("//([^@]*@)?", as)).hold();
        assertEquals(
                "a+b",
                await(() -> own.send(Request.cmd(Command.ACL).arg("WHOAMI"))).toString());
        await(own::close);
    }

    @Test
    void anAddressOfIpV6StandsInBrackets() {
        assertEquals("redis://[::1]:6379", client("redis://u:p@[::1]/0").address());
        assertEquals("rediss://h:1", client("rediss://h:1").address());
    }

    private RedisClient client(String where) {
        return new RedisClient(vertx, where, servers.caFile(), "stream");
    }

    private static Request echo(String text) {
        return Request.cmd(Command.ECHO).arg(text);
    }

    private static <T> Throwable failure(Supplier<Future<T>> work) {
        return assertThrows(Throwable.class, () -> onContext(work).await(10, TimeUnit.SECONDS));
    }
}
