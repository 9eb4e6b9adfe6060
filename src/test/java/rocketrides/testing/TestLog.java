package rocketrides.testing;

import static java.util.concurrent.TimeUnit.SECONDS;
import static rocketrides.testing.Eventually.eventually;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import java.util.stream.StreamSupport;
import rocketrides.config.Settings;
import rocketrides.config.Settings.Delivery;
import rocketrides.consumer.Consumer;
import rocketrides.consumer.Consumer.Source;
import rocketrides.consumer.Instance;
import rocketrides.consumer.PostgresCheckpoints;
import rocketrides.consumer.Projection;
import rocketrides.consumer.Troubles;
import rocketrides.log.DeliveryGuard;
import rocketrides.log.Layout;
import rocketrides.log.LogStream;
import rocketrides.log.PostgresSegmentStore;
import rocketrides.log.PostgresStagedRecords;
import rocketrides.log.RedisLogStream;
import rocketrides.rides.TotalDistance;
import rocketrides.runtime.Events;
import rocketrides.runtime.Faults;
import rocketrides.servers.HeldConnection;
import rocketrides.streamer.Publisher;
import rocketrides.streamer.Sealer;
import rocketrides.streamer.StandBy;

/**
 * A log of its own for one test: a fresh database with the schema, and a fresh stream. What a test does by hand, it does
 * as a superuser; the program's parts are given the pools and streams of their {@link TestRole}.
 */
public final class TestLog implements AutoCloseable {
    public final Vertx vertx;
    public final Settings.Log settings;
    /** A superuser's. */
    public final Pool pool;
    /** A streamer's. */
    public final PostgresSegmentStore store;

    /** A streamer's. */
    public final PostgresStagedRecords staged;

    public final List<Record> news = new CopyOnWriteArrayList<>();
    private final TestDatabase database;
    private final HeldConnection redis;

    public TestLog(Delivery delivery) {
        this(delivery, 10_000);
    }

    public TestLog(Delivery delivery, long maxLength) {
        this(delivery, maxLength, 1);
    }

    public TestLog(Delivery delivery, long maxLength, int partitions) {
        this(Vertx.vertx(), delivery, maxLength, partitions);
    }

    /** For a test of something that runs on the Vertx which it was given. */
    public TestLog(Vertx vertx, Delivery delivery) {
        this(vertx, delivery, 10_000, 1);
    }

    private TestLog(Vertx vertx, Delivery delivery, long maxLength, int partitions) {
        this.vertx = vertx;
        database = new TestDatabase(vertx);
        redis = TestServers.redis(vertx, TestServers.redis()).hold();
        settings = new Settings.Log("stream-" + database.name, maxLength, delivery, Duration.ofDays(7), partitions);
        Events.register(vertx);
        pool = database.superuser();
        store = store(TestRole.STREAMER);
        staged = new PostgresStagedRecords(pool(TestRole.STREAMER), () -> Set.of(0));
        if (TestServers.secured()) {
            createRedisUsers();
        }
        if (partitions > 1) {
            layOut(partitions);
        }
    }

    /** The database was made for one. */
    private void layOut(int partitions) {
        await(pool.query("DELETE FROM partitions; DELETE FROM log_head; DELETE FROM log_cursor;"
                        + " SELECT lay_out_partitions(" + partitions + ")")
                .execute());
    }

    /** Those of {@code docs/redis.acl}, for this stream only. */
    public void createRedisUsers() {
        LeastPrivilege.createUsers(redis, settings.stream());
    }

    public Pool pool(TestRole role) {
        return database.pool(role);
    }

    public PostgresSegmentStore store(TestRole role) {
        return new PostgresSegmentStore(pool(role), 0);
    }

    /** The database of this log. */
    public String postgresUri(TestRole role) {
        return database.uri(role);
    }

    /** For a whole process on this log, with an api on any free port. */
    public Map<String, String> environment(Map<String, String> more) {
        var environment = new HashMap<>(TestSettings.servers(
                postgresUri(TestRole.PROCESS), TestServers.redis(TestRole.PROCESS), TestServers.caFile()));
        environment.put("STREAM_NAME", settings.stream());
        environment.put("API_PORT", "0");
        environment.put("ROCKET_RIDES_LOG_PARTITIONS", "" + settings.partitions());
        environment.putAll(more);
        return environment;
    }

    /** What is given with {@code --conf} to a command on this log. */
    public String configuration(TestRole role) {
        return TestSettings.configuration(
                postgresUri(role), TestServers.redis(role), TestServers.caFile(), settings.stream());
    }

    /** Stages rides with the distances 1, 2, 3, … metres. */
    public void stage(int rides) {
        sql("""
            WITH r AS (INSERT INTO rides (distance) SELECT g FROM generate_series(1, $1::int) g RETURNING id, distance)
            INSERT INTO staged_log_records (action, object, data)
            SELECT 'create', 'ride', jsonb_build_object('id', id, 'distance', distance) FROM r ORDER BY id""", rides);
    }

    public void stageRaw(String action, String object, String json) {
        sql(
                "INSERT INTO staged_log_records (action, object, data) VALUES ($1, $2, $3::text::jsonb)",
                action,
                object,
                json);
    }

    /** A streamer's. */
    public LogStream stream() {
        return stream(TestRole.STREAMER);
    }

    public LogStream stream(TestRole role) {
        return new RedisLogStream(
                TestServers.redis(vertx, TestServers.redis(role)).hold(), settings);
    }

    public TestStreamer streamer(LogStream stream, Faults faults, int batchSize) {
        var standBy = new StandBy(Duration.ofMillis(50), System::nanoTime);
        var guard = new DeliveryGuard(settings.stream(), settings.delivery(), stream, store);
        var publisher = new Publisher(store, stream, guard, standBy, sent -> {
            news.add(sent.published());
            faults.at(Faults.Point.STREAMER_AFTER_PUBLISH);
        });
        var sealer = new Sealer(staged, batchSize, segment -> {
            publisher.sealed(segment);
            news.add(new Events.Sealed(segment.partition(), segment.firstOffset(), segment.lastOffset()));
        });
        return new TestStreamer(sealer, publisher);
    }

    public Consumer consumer(String name) {
        return consumer(name, Faults.NONE);
    }

    public Consumer consumer(String name, Faults faults) {
        return consumer(name, faults, stream(TestRole.CONSUMER));
    }

    public Consumer consumer(String name, Faults faults, LogStream stream) {
        return consumer(name, new TotalDistance(), faults, stream);
    }

    /** With a projection whose tables, if it has any, the roles of consumer and operator may use. */
    public Consumer consumer(String name, Projection<?> projection) {
        return consumer(name, projection, Faults.NONE, stream(TestRole.CONSUMER));
    }

    private Consumer consumer(String name, Projection<?> projection, Faults faults, LogStream stream) {
        return new Consumer(
                new Consumer.Options(Instance.of(name), 1000, Duration.ofMillis(200), faults, new Troubles()),
                new PostgresCheckpoints(pool(TestRole.CONSUMER), Instance.of(name), projection),
                new Source(store(TestRole.CONSUMER), stream),
                news::add,
                System::nanoTime);
    }

    /** Runs passes until nothing is staged and nothing is unpublished. */
    public void relay(TestStreamer streamer) {
        while (await(streamer.runOnce())) {
            continue;
        }
    }

    /** Stages so many rides, and publishes them in segments of at most ten. */
    public void stageAndRelay(int rides) {
        stage(rides);
        relay(streamer(stream(), Faults.NONE, 10));
    }

    /** Runs passes until the consumer stands at the head. */
    public void consume(Consumer consumer, String name) {
        eventually(() -> name + " is level: " + row("TABLE checkpoints").deepToString(), () -> {
            if (level(name)) {
                return true;
            }
            await(consumer.runOnce());
            return false;
        });
    }

    private boolean level(String name) {
        return row(
                        "SELECT coalesce((SELECT last_offset FROM checkpoints WHERE name = $1), 0) = next_offset - 1 FROM log_head",
                        name)
                .getBoolean(0);
    }

    public BigDecimal total(String name) {
        return row("SELECT coalesce((SELECT total_distance FROM total_distances WHERE consumer = $1), 0)", name)
                .getBigDecimal(0);
    }

    public BigDecimal ridesTotal() {
        return row("SELECT coalesce(sum(distance), 0) FROM rides").getBigDecimal(0);
    }

    public long number(String sql, Object... parameters) {
        return row(sql, parameters).getLong(0);
    }

    public Row row(String sql, Object... parameters) {
        return sql(sql, parameters).iterator().next();
    }

    public RowSet<Row> sql(String sql, Object... parameters) {
        return await(pool.preparedQuery(sql).execute(Tuple.from(parameters)));
    }

    /** Runs the statement in a transaction that stays open until it is closed, and is then rolled back. */
    public Held hold(String sql) {
        var session = await(pool.getConnection());
        var transaction = await(session.begin());
        await(session.query(sql).execute());
        return () -> {
            await(transaction.rollback());
            await(session.close());
        };
    }

    /** See {@link #hold}. */
    @FunctionalInterface
    public interface Held extends AutoCloseable {
        @Override
        void close();
    }

    public Response redis(Command command, Object... arguments) {
        var request = Request.cmd(command);
        for (var argument : arguments) {
            request.arg(argument.toString());
        }
        return await(redis.send(request));
    }

    /** The name of a partition's stream. */
    public String streamOf(int partition) {
        return await(Layout.read(pool)).of(settings, partition).stream();
    }

    /** The offsets of all entries of the stream, in order. */
    public List<Long> streamedOffsets() {
        return StreamSupport.stream(
                        redis(Command.XRANGE, settings.stream(), "-", "+").spliterator(), false)
                .map(entry -> Long.valueOf(entry.get(1).get(1).toString()))
                .toList();
    }

    /**
     * Asks on an event loop: an answer that a test's own thread composes on may have passed by before it looks at the body.
     */
    public static <T> Future<T> onContext(Vertx vertx, Supplier<Future<T>> question) {
        return Future.future(answer -> vertx.getOrCreateContext()
                .runOnContext(ignored -> question.get().onComplete(answer)));
    }

    public static <T> T await(Future<T> future) {
        try {
            return future.await(60, SECONDS);
        } catch (TimeoutException e) {
            throw new AssertionError("not completed after 60 s", e);
        }
    }

    /** Closes the Vertx, too. */
    @Override
    public void close() {
        var layout = await(Layout.read(pool));
        layout.all().forEach(partition -> redis(Command.DEL, layout.of(settings, partition).stream()));
        database.close();
        await(vertx.close());
    }
}
