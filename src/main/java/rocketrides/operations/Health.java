package rocketrides.operations;

import io.vertx.core.Future;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.ResponseType;
import io.vertx.sqlclient.Pool;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import rocketrides.http.Answers;
import rocketrides.servers.HeldConnection;
import rocketrides.servers.RedisClient;
import rocketrides.status.Readings;

/**
 * Serves health and status.
 *
 * <p>{@code /health/live} answers while the event loop works. {@code /health/ready} answers 200 if this process can do
 * its work, otherwise 503. A process with an API must be able to answer requests, which needs Postgres only. A process
 * without an API must do the work of its roles: if a role has not worked for more than a moment, the process is
 * {@code down}, unless a person has paused that role. Any other problem is reported as {@code degraded}: a restart or a
 * load balancer cannot help, but a person should look.
 *
 * <p>{@code /status} shows the state for scripts. It answers 503 while Postgres cannot be reached.
 */
public final class Health implements Consumer<Router> {
    private static final long PROBE_SECONDS = 2;

    /** The maximum age of a status for a client. */
    private static final Duration MAX_AGE = Duration.ofMillis(100);

    private final Pool pool;
    private final RedisClient redis;
    private final Readings readings;
    private final Pulse pulse;
    private final boolean api;

    /** {@code api}: whether this process has an API. */
    public Health(Pool pool, RedisClient redis, Readings readings, Pulse pulse, boolean api) {
        this.pool = pool;
        this.redis = redis;
        this.readings = readings;
        this.pulse = pulse;
        this.api = api;
    }

    /** Adds the routes. Redis is asked on a connection that belongs to the calling context. */
    @Override
    public void accept(Router router) {
        var connection = redis.hold();
        router.get("/health/live")
                .method(HttpMethod.HEAD)
                .handler(request -> answer(request.response(), new JsonObject().put("status", "up")));
        router.get("/health/ready").method(HttpMethod.HEAD).handler(request -> read(connection)
                .onSuccess(report -> answer(request.response(), report)));
        router.get("/status").method(HttpMethod.HEAD).handler(request -> readings.status(MAX_AGE)
                .map(now -> now.toJson().mergeIn(now.members().toJson()))
                .onSuccess(json -> Answers.json(request.response(), json.encode()))
                .onFailure(t -> Answers.fail(request, t)));
    }

    private static void answer(HttpServerResponse response, JsonObject report) {
        response.setStatusCode(report.getString("status").equals("down") ? 503 : 200)
                .putHeader("Cache-Control", "no-store");
        Answers.json(response, report.encode());
    }

    /** Never fails: a server that does not answer is reported as down. */
    private Future<JsonObject> read(HeldConnection connection) {
        var postgres = answers(pool.query("SELECT 1").execute().map(true));
        return Future.join(postgres, redis(connection)).map(both -> {
            boolean able = postgres.result() && (api || pulse.everyRoleWorks());
            return report(able, postgres.result(), both.resultAt(1), pulse.states());
        });
    }

    static JsonObject report(boolean able, boolean postgres, boolean redis, Map<String, Pulse.State> roles) {
        boolean allUp = redis
                && roles.values().stream().allMatch(state -> state == Pulse.State.UP || state == Pulse.State.NOT_OWNED);
        var states = new JsonObject();
        roles.forEach((role, state) -> states.put(role, state.toString()));
        return new JsonObject()
                .put("status", !able ? "down" : allUp ? "up" : "degraded")
                .put("postgres", postgres ? "up" : "down")
                .put("redis", redis ? "up" : "down")
                .put("roles", states);
    }

    /** An error reply (LOADING, NOAUTH) is a reply, but means that Redis is not usable. */
    static Future<Boolean> redis(HeldConnection connection) {
        return answers(connection.send(Request.cmd(Command.PING)).map(reply -> reply.type() != ResponseType.ERROR));
    }

    private static Future<Boolean> answers(Future<Boolean> probe) {
        return probe.timeout(PROBE_SECONDS, TimeUnit.SECONDS).otherwise(false);
    }
}
