package rocketrides.bench;

import static rocketrides.bench.Rig.await;
import static rocketrides.testing.Eventually.eventually;

import io.vertx.core.Deployable;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.pgclient.PgConnection;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import rocketrides.api.ApiVerticle;
import rocketrides.config.Settings;
import rocketrides.config.Settings.Delivery;
import rocketrides.consumer.Consumer.Source;
import rocketrides.consumer.ConsumerVerticle;
import rocketrides.consumer.Instance;
import rocketrides.consumer.PostgresCheckpoints;
import rocketrides.log.PostgresSegmentStore;
import rocketrides.log.PostgresStagedRecords;
import rocketrides.log.RedisLogStream;
import rocketrides.log.StagedListener;
import rocketrides.log.StagedNotifier;
import rocketrides.rides.TotalDistance;
import rocketrides.runtime.Events;
import rocketrides.runtime.Events.Consumed;
import rocketrides.runtime.Events.Published;
import rocketrides.runtime.Faults;
import rocketrides.servers.HeldConnection;
import rocketrides.servers.Postgres;
import rocketrides.servers.RedisClient;
import rocketrides.streamer.StreamerVerticle;
import rocketrides.testing.Pause;
import rocketrides.testing.TestApi;
import rocketrides.testing.TestServers;
import rocketrides.testing.TestSettings;

/** One log to be measured: a database and a stream of its own, the roles that work on it, and what must hold after. */
final class BenchLog implements AutoCloseable {
    private static final int STAGED_AT_ONCE = 100_000;
    private static final int CONSUMERS = 2;

    // As the API writes them.
    static final String STAGE = """
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

    private static final String BOOK = """
            WITH r AS (INSERT INTO rides (distance) VALUES (5 + (random() * 995)::numeric(12, 3)) RETURNING id, distance)
            SELECT id, stage_record('create', 'ride', jsonb_build_object('id', id, 'distance', distance)) FROM r""";

    final Settings.Log settings;
    final Postgres postgres;
    final PostgresSegmentStore store;
    private final Rig rig;
    private final String database;
    private final RedisClient redis;
    private final HeldConnection own;
    private final List<Runnable> deployed = new ArrayList<>();
    private final boolean apart;
    private final Process api;
    private final Process streamer;
    private final Process consumers;

    /** Processes know of each other by Postgres and Redis only, and so do two that are a Vert.x each. */
    private record Process(Vertx vertx, Postgres postgres, RedisClient redis) {}

    /** {@code maxLength}: of the stream, in entries; {@code apart}: whether api, streamer and consumers are a process each. */
    BenchLog(Rig rig, String database, long maxLength, boolean apart) {
        this.rig = rig;
        this.database = database;
        settings = new Settings.Log("stream-" + database, maxLength, Delivery.IDEMPOTENT, Duration.ofDays(7), 1);
        postgres = new Postgres(rig.vertx, rig.postgres(database), Optional.empty(), 16, 1);
        await(postgres.ready(TestServers.SCHEMA));
        store = new PostgresSegmentStore(postgres.streamerPool(), 0);
        redis = new RedisClient(rig.vertx, rig.redis, Optional.empty(), settings.stream());
        own = redis.hold();
        this.apart = apart;
        api = process();
        streamer = process();
        consumers = process();
    }

    private Process process() {
        if (!apart) {
            return new Process(rig.vertx, postgres, redis);
        }
        var vertx = Rig.newVertx();
        return new Process(
                vertx,
                new Postgres(vertx, rig.postgres(database), Optional.empty(), 16, 1),
                new RedisClient(vertx, rig.redis, Optional.empty(), settings.stream()));
    }

    private void deploy(Process process, Deployable verticle) {
        var id = await(process.vertx.deployVerticle(verticle));
        deployed.add(() -> await(process.vertx.undeploy(id)));
    }

    /** Calls {@code handler} whenever one of this log's consumers has committed. */
    void onConsumed(Consumer<Consumed> handler) {
        on(consumers, Consumed.class, handler);
    }

    /** Calls {@code handler} whenever a segment is in the stream. */
    void onPublished(Consumer<Published> handler) {
        on(streamer, Published.class, handler);
    }

    private <T extends Record> void on(Process process, Class<T> type, Consumer<T> handler) {
        var listening = Events.on(process.vertx, type, handler);
        deployed.add(() -> await(listening.unregister()));
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
        var id = await(rig.vertx.deployVerticle(streamerVerticle(batchSize)));
        double seconds = (await(done.future(), 600) - start) / 1e9;
        await(rig.vertx.undeploy(id));
        await(listening.unregister());
        return seconds;
    }

    /** Lets a streamer and two consumers run until this log is closed. */
    void run(int batchSize) {
        if (apart) {
            deploy(api, new StagedNotifier(api.postgres.streamerPool(), () -> false));
            deploy(streamer, new StagedListener(streamer.postgres::connect));
        }
        deploy(streamer, streamerVerticle(batchSize));
        deploy(consumers, bothConsumers(batchSize));
    }

    /** Books rides at that rate, each by a statement of a program that knows nothing but {@code stage_record}. */
    List<Riders.Booking> bookBySql(int rate, int seconds) {
        var bookings = Collections.synchronizedList(new ArrayList<Riders.Booking>());
        var booked = new ArrayList<Future<?>>();
        Riders.pace(
                rate,
                seconds,
                due -> booked.add(postgres.pool()
                        .preparedQuery(BOOK)
                        .execute()
                        .onSuccess(rows -> bookings.add(
                                new Riders.Booking(rows.iterator().next().getLong(0), due, System.nanoTime())))));
        await(Future.all(booked));
        return bookings;
    }

    private StreamerVerticle streamerVerticle(int batchSize) {
        return new StreamerVerticle(
                new StreamerVerticle.Options(
                        "streamer0", new Settings.Streamer(1, batchSize, Duration.ofSeconds(1)), () -> Set.of(0)),
                new PostgresStagedRecords(streamer.postgres.streamerPool(), () -> Set.of(0)),
                partition -> new StreamerVerticle.Outlet(
                        new PostgresSegmentStore(streamer.postgres.streamerPool(), partition),
                        new RedisLogStream(streamer.redis.hold(), settings),
                        settings,
                        false),
                Faults.NONE);
    }

    /** Deploys two consumers; completes with the seconds until both have saved everything up to {@code offset}. */
    double secondsToConsume(long offset, int batchSize) {
        var level = level(offset);
        long start = System.nanoTime();
        var id = await(rig.vertx.deployVerticle(bothConsumers(batchSize)));
        double seconds = (await(level, 600) - start) / 1e9;
        await(rig.vertx.undeploy(id));
        return seconds;
    }

    /** Deploys two consumers, which are level, but may not save until their time is measured: they go on reading the stream. */
    Following follow(int batchSize) {
        var id = await(rig.vertx.deployVerticle(bothConsumers(batchSize)));
        eventually("both consumers have a checkpoint", () -> consumed() >= 0);
        Pause.millis(500); // they have loaded their checkpoints now
        var lock = await(PgConnection.connect(rig.vertx, PgConnectOptions.fromUri(uri())));
        await(lock.query("BEGIN; SELECT FROM checkpoints FOR UPDATE").execute());
        return offset -> {
            var level = level(offset);
            long start = System.nanoTime();
            await(lock.close());
            double seconds = (await(level, 600) - start) / 1e9;
            await(rig.vertx.undeploy(id));
            return seconds;
        };
    }

    /** Consumers that may not save yet. */
    interface Following {
        /** Lets them save; returns the seconds until both have saved everything up to {@code offset}. */
        double seconds(long offset);
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

    private ConsumerVerticle consumer(String name, int batchSize) {
        var pool = consumers.postgres.pool();
        return new ConsumerVerticle(
                Instance.of(name),
                batchSize,
                new PostgresCheckpoints(pool, Instance.of(name), new TotalDistance()),
                () -> new Source(
                        new PostgresSegmentStore(pool, 0), new RedisLogStream(consumers.redis.hold(), settings)),
                Faults.NONE);
    }

    private Deployable bothConsumers(int batchSize) {
        return new VerticleBase() {
            @Override
            public Future<?> start() {
                return Future.all(
                        vertx.deployVerticle(consumer("consumer0", batchSize)),
                        vertx.deployVerticle(consumer("consumer1", batchSize)));
            }
        };
    }

    /** Two API instances on one free port, which is the result. */
    int api() {
        int port = Rig.freePort();
        for (int i = 0; i < 2; i++) {
            deploy(
                    api,
                    new ApiVerticle(
                            TestSettings.api(2, "127.0.0.1", port),
                            TestApi.routes(api.vertx, api.postgres.pool(), Faults.NONE, TestApi.DEFAULTS.maxBody())));
        }
        return port;
    }

    /** The checkpoint of the slowest consumer, or -1 if it is not there. */
    long consumed() {
        return number("SELECT CASE count(*) WHEN 2 THEN min(last_offset) ELSE -1 END FROM checkpoints");
    }

    /** Waits until both consumers stand at the head. */
    void awaitConsumed(int seconds) {
        eventually(
                Duration.ofSeconds(seconds),
                () -> "the consumers are level",
                () -> number("SELECT count(*) FROM staged_log_records") == 0
                        && consumed() >= number("SELECT next_offset - 1 FROM log_head"));
    }

    /** Every ride has its staged record; nothing has been sealed. */
    void verifyStaged() {
        verify("SELECT count(*) FROM staged_log_records", number("SELECT count(*) FROM rides"));
    }

    /** Where a ride is in the log; and by the clock of {@link System#nanoTime}, when its insert began, and when it was sealed. */
    record Place(long offset, long inserted, long sealed) {}

    Map<Long, Place> placesOfRides() {
        var places = new HashMap<Long, Place>();
        var now = Instant.now();
        long offset = System.nanoTime() - now.getEpochSecond() * 1_000_000_000 - now.getNano();
        await(postgres.pool().query("""
                            SELECT r.id, s.first_offset + l.ordinality - 1, (1000000 * extract(epoch FROM r.created_at))::bigint,
                                   (1000000 * extract(epoch FROM s.sealed_at))::bigint
                              FROM log_segments s CROSS JOIN string_to_table(s.records, E'\\n') WITH ORDINALITY AS l (line, ordinality)
                              JOIN rides r ON r.id = (split_part(l.line, E'\\t', 3)::jsonb->>'id')::bigint""").execute())
                .forEach(row -> places.put(
                        row.getLong(0),
                        new Place(row.getLong(1), 1_000 * row.getLong(2) + offset, 1_000 * row.getLong(3) + offset)));
        return places;
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
        deployed.forEach(Runnable::run);
        if (apart) {
            List.of(api, streamer, consumers).forEach(process -> await(process.vertx.close()));
        }
        redis(Command.DEL, settings.stream());
        await(own.close());
        await(postgres.close());
        rig.admin("DROP DATABASE " + database + " WITH (FORCE)");
    }
}
