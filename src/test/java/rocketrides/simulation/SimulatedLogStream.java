package rocketrides.simulation;

import io.vertx.core.Future;
import java.time.Duration;
import java.util.Optional;
import rocketrides.config.Settings.Delivery;
import rocketrides.log.Entry;
import rocketrides.log.LogRecord;
import rocketrides.log.LogStream;
import rocketrides.log.Segment;

/** One client's access to the simulated stream. */
final class SimulatedLogStream implements LogStream {
    private final SimulatedRedis redis;
    private final SimulatedPostgres db;
    private final Client client;

    /** The offset that a variant expects that counts entries. */
    private long counted;

    SimulatedLogStream(SimulatedRedis redis, SimulatedPostgres db, Client client) {
        this.redis = redis;
        this.db = db;
        this.client = client;
    }

    @Override
    public Future<Integer> publish(Segment segment) {
        var published = new Pipeline(client, redis, db, segment).send();
        return redis.is(Mutant.REPLIES_UNREAD) ? Future.succeededFuture(0) : published;
    }

    @Override
    public Future<Read> read(String afterId, int count, Duration block) {
        var read = new BlockingRead(client, redis, afterId, count, block.toNanos()).send();
        return redis.is(Mutant.NO_GAP_CHECK) ? read.map(this::renumbered) : read;
    }

    private Read renumbered(Read read) {
        var entries = read.entries().stream()
                .map(entry -> {
                    var record = entry.record();
                    if (record.offset() < counted) {
                        return entry;
                    }
                    return new Entry(
                            entry.id(),
                            entry.segment(),
                            new LogRecord(counted++, record.action(), record.object(), record.data()));
                })
                .toList();
        return new Read(entries, read.lastId(), read.foreign());
    }

    @Override
    public Future<Optional<String>> lastGeneratedId() {
        return new RedisCommand<>(
                        client,
                        redis,
                        "XINFO",
                        () -> redis.exists() ? Optional.of(redis.lastId()) : Optional.<String>empty())
                .send();
    }

    @Override
    public Future<Optional<Top>> top() {
        return new RedisCommand<>(client, redis, "XREVRANGE", () -> Optional.ofNullable(redis.topEntry())).send();
    }

    @Override
    public Future<Void> delete() {
        return new RedisCommand<Void>(client, redis, "DEL", () -> {
                    redis.forget();
                    return null;
                })
                .send();
    }

    @Override
    public Future<Void> close() {
        return Future.succeededFuture();
    }

    @Override
    public String idAfter(long offset, String lastId) {
        counted = offset + 1;
        return redis.delivery == Delivery.IDEMPOTENT ? offset + "-0" : lastId;
    }
}
