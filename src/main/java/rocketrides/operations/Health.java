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
 * {@code /health/live}: the event loop answers. {@code /health/ready}: this process can do its work, else a 503. With an
 * api, that is to answer requests, which takes Postgres and nothing else. Without one, it is the work of its roles: one that
 * does not do it for longer than a moment makes the process {@code down}, unless a person has paused it. Whatever else is
 * wrong is {@code degraded}: a restart or a load balancer would not mend it, but a person should look.
 *
 * <p>{@code /status}: where everything stands, for scripts. A 503 while Postgres is away.
 */
public final class Health implements Consumer<Router> {
    private static final long PROBE_SECONDS = 2;

    /** How old a status may be that a client is given. */
    private static final Duration MAX_AGE = Duration.ofMillis(100);

    private final Pool pool;
    private final RedisClient redis;
    private final Readings readings;
    private final Pulse pulse;
    private final boolean api;

    /** {@code api}: whether this process has an api. */
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
                .compose(now -> readings.members().map(members -> now.toJson().mergeIn(members.toJson())))
                .onSuccess(json -> Answers.json(request.response(), json.encode()))
                .onFailure(t -> Answers.fail(request, t)));
    }

    private static void answer(HttpServerResponse response, JsonObject report) {
        response.setStatusCode(report.getString("status").equals("down") ? 503 : 200)
                .putHeader("Cache-Control", "no-store");
        Answers.json(response, report.encode());
    }

    /** Never fails: what cannot be found out is down. */
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

    /** An error reply (LOADING, NOAUTH) is an answer, but not of a Redis that is up. */
    static Future<Boolean> redis(HeldConnection connection) {
        return answers(connection.send(Request.cmd(Command.PING)).map(reply -> reply.type() != ResponseType.ERROR));
    }

    private static Future<Boolean> answers(Future<Boolean> probe) {
        return probe.timeout(PROBE_SECONDS, TimeUnit.SECONDS).otherwise(false);
    }
}
