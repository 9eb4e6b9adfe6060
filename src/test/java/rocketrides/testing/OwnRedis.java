package rocketrides.testing;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.nio.file.Path;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import rocketrides.servers.HeldConnection;
import rocketrides.servers.RedisClient;

/** Base class of tests that change or break a Redis. All its connections are used on one context. */
@ExtendWith(VertxExtension.class)
public abstract class OwnRedis {
    public static Vertx vertx;
    public static OwnServers servers;
    private static Context context;

    /** The tested connection. */
    public HeldConnection connection;

    @BeforeAll
    public static void start(Vertx injected, @TempDir Path directory) {
        vertx = injected;
        context = vertx.getOrCreateContext();
        servers = OwnServers.asAsked(directory, false, true);
    }

    @AfterAll
    public static void stop() {
        servers.close();
    }

    /** Another connection. */
    public static HeldConnection admin() {
        return new RedisClient(vertx, servers.redis().uri(), servers.caFile(), "stream").hold();
    }

    /** The ID of the connection in Redis. */
    public Future<Long> clientId() {
        return clientIdOf(connection);
    }

    public static Future<Long> clientIdOf(HeldConnection connection) {
        return connection.send(Request.cmd(Command.CLIENT).arg("ID")).map(Response::toLong);
    }

    public static <T> Future<T> onContext(Supplier<Future<T>> work) {
        return Future.future(done -> context.runOnContext(now -> work.get().onComplete(done)));
    }

    public static <T> T await(Supplier<Future<T>> work) {
        return TestLog.await(onContext(work));
    }
}
