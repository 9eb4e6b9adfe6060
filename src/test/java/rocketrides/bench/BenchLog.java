package rocketrides.bench;

import static rocketrides.bench.Rig.await;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.pgclient.PgConnection;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import rocketrides.TestServers;
import rocketrides.TestSettings;
import rocketrides.api.ApiVerticle;
import rocketrides.api.TestApi;
import rocketrides.config.Settings;
import rocketrides.config.Settings.Delivery;
import rocketrides.consumer.Consumer.Source;
import rocketrides.consumer.ConsumerSupervisor;
import rocketrides.consumer.PostgresCheckpoints;
import rocketrides.log.PostgresSegmentStore;
import rocketrides.log.RedisRideStream;
import rocketrides.rides.TotalDistance;
import rocketrides.runtime.Events;
import rocketrides.runtime.Events.Consumed;
import rocketrides.runtime.Events.Published;
import rocketrides.runtime.Faults;
import rocketrides.servers.HeldConnection;
import rocketrides.servers.Postgres;
import rocketrides.servers.RedisClient;
import rocketrides.streamer.StreamerVerticle;

/** One log to be measured: a database and a stream of its own, the roles that work on it, and what must hold after. */
final class BenchLog implements AutoCloseable {
    private static final int STAGED_AT_ONCE = 100_000;
    private static final int CONSUMERS = 2;

    // As the API writes them.
    private static final String STAGE = """
            WITH ride AS MATERIALIZED (
              SELECT nextval('rides_id_seq') AS id, (5 + random() * 995)::numeric(12, 3) AS distance
                FROM generate_series(1, $1::int)
            ), inserted AS (
              INSERT INTO rides (id, distance, created_at) SELECT id, distance, now() FROM ride
            )
            INSERT INTO staged_log_records (action, object, data)
            SELECT 'create', 'ride', jsonb_build_object('id', id, 'distance', distance, 'created_at',
                     (SELECT to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')))
              FROM ride ORDER BY id""";

    final Settings.Log settings;
    final Postgres postgres;
    final PostgresSegmentStore store;
    private final Rig rig;
    private final String database;
    private final RedisClient redis;
    private final HeldConnection own;
    private final List<String> deployed = new ArrayList<>();

    /** {@code maxLength}: of the stream, in entries. */
    BenchLog(Rig rig, String database, long maxLength) {
        this.rig = rig;
        this.database = database;
        settings = new Settings.Log("stream-" + database, maxLength, Delivery.IDEMPOTENT, Duration.ofDays(7));
        postgres = new Postgres(rig.vertx, rig.postgres(database), 16, 1);
        await(postgres.ready(TestServers.SCHEMA));
        store = new PostgresSegmentStore(postgres.streamerPool());
        redis = new RedisClient(rig.vertx, rig.redis);
        own = redis.hold();
    }

    String uri() {
        return rig.postgres(database);
    }

    /** Commits that many rides with their staged records, without the API. */
    void stage(int rides) {
        for (int left = rides; left > 0; left -= STAGED_AT_ONCE) {
            await(postgres.pool().preparedQuery(STAGE).execute(Tuple.of(Math.min(left, STAGED_AT_ONCE))));
        }
    }

    HeldConnection connection() {
        return redis.hold();
    }

    /** Deploys a streamer; completes with the seconds until all records up to {@code offset} are published. */
    double secondsToPublish(long offset, int batchSize) {
        var done = Promise.<Long>promise();
        var listening = Events.on(rig.vertx, Published.class, published -> {
            if (published.lastOffset() >= offset) {
                done.tryComplete(System.nanoTime());
            }
        });
        long start = System.nanoTime();
        var id = await(streamer(batchSize));
        double seconds = (await(done.future(), 600) - start) / 1e9;
        await(rig.vertx.undeploy(id));
        await(listening.unregister());
        return seconds;
    }

    /** Lets a streamer and two consumers run until this log is closed. */
    void run(int batchSize) {
        deployed.add(await(streamer(batchSize)));
        deployed.add(await(consumers(batchSize)));
    }

    private Future<String> streamer(int batchSize) {
        var streamer = new Settings.Streamer(1, batchSize, Duration.ofSeconds(1));
        return rig.vertx.deployVerticle(new StreamerVerticle(
                new StreamerVerticle.Options("streamer0", streamer, settings),
                store,
                new RedisRideStream(connection(), settings),
                Faults.NONE));
    }

    /** Deploys two consumers; completes with the seconds until both have saved everything up to {@code offset}. */
    double secondsToConsume(long offset, int batchSize) {
        var level = level(offset);
        long start = System.nanoTime();
        var id = await(consumers(batchSize));
        double seconds = (await(level, 600) - start) / 1e9;
        await(rig.vertx.undeploy(id));
        return seconds;
    }

    /**
     * The same of consumers that were level, but could not save while {@code publish} ran: they go on reading the stream.
     * Counts from its end.
     */
    double secondsToFollow(long offset, int batchSize, Runnable publish) {
        var id = await(consumers(batchSize));
        while (consumed() < 0) {
            Rig.pause(20);
        }
        Rig.pause(500); // they have loaded their checkpoints now
        var lock = await(PgConnection.connect(rig.vertx, PgConnectOptions.fromUri(uri())));
        await(lock.query("BEGIN; SELECT FROM checkpoints FOR UPDATE").execute());
        var level = level(offset);
        publish.run();
        long start = System.nanoTime();
        await(lock.close());
        double seconds = (await(level, 600) - start) / 1e9;
        await(rig.vertx.undeploy(id));
        return seconds;
    }

    /** Completes with the time at which both consumers have saved everything up to {@code offset}. */
    private Future<Long> level(long offset) {
        var done = Promise.<Long>promise();
        var level = new HashSet<String>();
        var listening = Events.on(rig.vertx, Consumed.class, consumed -> {
            if (consumed.offset() >= offset && level.add(consumed.consumer()) && level.size() == CONSUMERS) {
                done.tryComplete(System.nanoTime());
            }
        });
        return done.future().onSuccess(time -> listening.unregister());
    }

    private Future<String> consumers(int batchSize) {
        return rig.vertx.deployVerticle(new ConsumerSupervisor(
                batchSize,
                Map.of("consumer0", new TotalDistance(), "consumer1", new TotalDistance()),
                PostgresCheckpoints.in(postgres.pool()),
                () -> new Source(
                        new PostgresSegmentStore(postgres.pool()), new RedisRideStream(connection(), settings)),
                name -> Faults.NONE));
    }

    /** Two API instances on one free port, which is the result. */
    int api() {
        int port = Rig.freePort();
        for (int i = 0; i < 2; i++) {
            var verticle = new ApiVerticle(
                    TestSettings.api(2, "127.0.0.1", port),
                    TestApi.routes(rig.vertx, postgres.pool(), Faults.NONE, TestApi.DEFAULTS.maxBody()));
            deployed.add(await(rig.vertx.deployVerticle(verticle)));
        }
        return port;
    }

    /** The checkpoint of the slowest consumer, or -1 if it is not there. */
    long consumed() {
        return number("SELECT CASE count(*) WHEN 2 THEN min(last_offset) ELSE -1 END FROM checkpoints");
    }

    /** Waits until both consumers stand at the head. */
    void awaitConsumed(int seconds) {
        long deadline = System.nanoTime() + seconds * 1_000_000_000L;
        while (number("SELECT count(*) FROM staged_log_records") > 0
                || consumed() < number("SELECT next_offset - 1 FROM log_head")) {
            if (System.nanoTime() > deadline) {
                throw new IllegalStateException("the consumers are not level after " + seconds + " s");
            }
            Rig.pause(20);
        }
    }

    /** Every ride has its staged record; nothing has been sealed. */
    void verifyStaged() {
        verify("SELECT count(*) FROM staged_log_records", number("SELECT count(*) FROM rides"));
    }

    /** Where each ride is in the log. */
    Map<Long, Long> offsetsOfRides() {
        var offsets = new HashMap<Long, Long>();
        await(postgres.pool()
                        .query("SELECT (data->>'id')::bigint, \"offset\" FROM log_records")
                        .execute())
                .forEach(row -> offsets.put(row.getLong(0), row.getLong(1)));
        return offsets;
    }

    /** Everything staged is in the log exactly once, and published. */
    void verifyLog() {
        verify("SELECT count(*) FROM staged_log_records", 0);
        verify("SELECT sum(last_offset - first_offset + 1) FROM log_segments", number("SELECT count(*) FROM rides"));
        verify("SELECT published FROM log_cursor", number("SELECT next_offset - 1 FROM log_head"));
    }

    /** Both consumers have counted every ride, to the millimetre. */
    void verifyTotals() {
        verifyLog();
        verify(
                "SELECT count(*) FROM total_distances t WHERE (t.rides, t.total_distance) ="
                        + " (SELECT count(*), sum(distance) FROM rides)",
                CONSUMERS);
    }

    private void verify(String sql, long expected) {
        long found = number(sql);
        if (found != expected) {
            throw new IllegalStateException("VOID: " + sql + " gives " + found + ", must be " + expected);
        }
    }

    long number(String sql) {
        return row(sql).getLong(0);
    }

    void sql(String sql) {
        await(postgres.pool().query(sql).execute());
    }

    Response redis(Command command, Object... arguments) {
        var request = Request.cmd(command);
        for (var argument : arguments) {
            request.arg(argument.toString());
        }
        return await(own.send(request, Duration.ofSeconds(60)));
    }

    Row row(String sql, Object... parameters) {
        return await(postgres.pool().preparedQuery(sql).execute(Tuple.from(parameters)))
                .iterator()
                .next();
    }

    @Override
    public void close() {
        deployed.forEach(id -> await(rig.vertx.undeploy(id)));
        redis(Command.DEL, settings.stream());
        await(own.close());
        await(postgres.close());
        rig.admin("DROP DATABASE " + database + " WITH (FORCE)");
    }
}
