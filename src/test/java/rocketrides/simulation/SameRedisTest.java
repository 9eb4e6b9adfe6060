package rocketrides.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static rocketrides.testing.TestLog.await;

import io.vertx.core.Future;
import io.vertx.redis.client.Command;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import rocketrides.config.Settings.Delivery;
import rocketrides.log.Entry;
import rocketrides.log.LogStream;
import rocketrides.log.LogStream.Top;
import rocketrides.log.Segment;
import rocketrides.simulation.Tables.Stored;
import rocketrides.testing.TestLog;
import rocketrides.testing.TestRole;

/**
 * Sends the same random commands to the simulated Redis and to a real one, and compares every reply. In at-least-once
 * delivery, IDs come from each server's clock, so entries are compared without their IDs.
 */
class SameRedisTest {
    private static final int COMMANDS = 500;
    private static final int SEEDS = 4;
    private static final Duration BLOCK = Duration.ofMillis(2);

    private TestLog log;
    private LogStream real;
    private World world;
    private SimulatedRedis redis;
    private SimulatedPostgres postgres;
    private LogStream simulated;
    private final List<Segment> segments = new ArrayList<>();
    private Dice dice;

    @AfterEach
    void close() {
        await(real.close());
        log.close();
    }

    @ParameterizedTest
    @EnumSource
    void everyAnswerIsTheSame(Delivery delivery) {
        log = new TestLog(delivery);
        real = log.stream(TestRole.PROCESS);
        for (int seed = 1; seed <= SEEDS; seed++) {
            begin(delivery, seed);
            for (int i = 0; i < COMMANDS; i++) {
                command(dice.below(12));
                assertEquals(realLength(), redis.items.size(), "after command " + i + " of seed " + seed);
            }
            assertTrue(segments.size() > 20);
        }
    }

    private void begin(Delivery delivery, int seed) {
        await(real.delete());
        segments.clear();
        dice = new Dice(seed);
        world = new World(seed, 1_000, false);
        postgres = new SimulatedPostgres(world, Mutant.NONE, 1);
        redis = new SimulatedRedis(world, 0, delivery, Mutant.NONE, Integer.MAX_VALUE);
        simulated = new SimulatedLogStream(redis, postgres, new Client(world, "client"));
    }

    private void command(int which) {
        switch (which) {
            case 0, 1, 2 -> publish(next());
            case 3 -> {
                if (!segments.isEmpty()) {
                    publish(segments.get(dice.below(segments.size())));
                }
            }
            case 4, 5, 6 -> read();
            case 7 -> {
                var theirs = await(real.top());
                assertEquals(theirs.map(this::plain), result(simulated.top()).map(this::plain));
            }
            case 8 -> {
                var theirs = await(real.lastGeneratedId());
                assertEquals(
                        theirs.map(this::plain),
                        result(simulated.lastGeneratedId()).map(this::plain));
            }
            case 9 -> trim();
            case 10 -> remove();
            default -> rarely();
        }
    }

    private Segment next() {
        long first = segments.isEmpty() ? 1 : segments.get(segments.size() - 1).lastOffset() + 1;
        int count = dice.between(1, 5);
        var lines = new StringBuilder();
        for (int i = 0; i < count; i++) {
            lines.append(i == 0 ? "" : "\n").append("create\tride\t").append(data(first + i));
        }
        var segment = new Segment(first, first + count - 1, new UUID(dice.next(), dice.next()), lines.toString());
        segments.add(segment);
        postgres.sealed(new Stored(0, segment, new long[count], 0));
        return segment;
    }

    private static String data(long ride) {
        return (RideNumbers.large(ride) ? "0".repeat(LogStream.LARGEST_DATA) : "") + ride;
    }

    private void publish(Segment segment) {
        assertEquals(await(real.publish(segment)), result(simulated.publish(segment)));
    }

    /** From the beginning, from an entry, or after the last one. */
    private void read() {
        int count = dice.between(1, 6);
        var theirIds = ids();
        assertEquals(theirIds.size(), redis.items.size());
        int from = dice.below(theirIds.size() + 1);
        var theirs = await(real.read(from == 0 ? "0-0" : theirIds.get(from - 1), count, BLOCK));
        var ours = result(
                simulated.read(from == 0 ? "0-0" : redis.items.get(from - 1).id(), count, BLOCK));
        assertEquals(
                theirs.entries().stream().map(this::plain).toList(),
                ours.entries().stream().map(this::plain).toList());
        assertEquals(theirs.foreign(), ours.foreign());
        assertEquals(plain(theirs.lastId()), plain(ours.lastId()));
    }

    private List<String> ids() {
        var ids = new ArrayList<String>();
        log.redis(Command.XRANGE, log.settings.stream(), "-", "+")
                .forEach(entry -> ids.add(entry.get(0).toString()));
        return ids;
    }

    private long realLength() {
        return log.redis(Command.XLEN, log.settings.stream()).toLong();
    }

    private void trim() {
        int kept = redis.items.size() - dice.below(redis.items.size() + 1) / 4;
        log.redis(Command.XTRIM, log.settings.stream(), "MAXLEN", kept);
        redis.trim(redis.items.size() - kept);
    }

    private void remove() {
        if (!redis.items.isEmpty()) {
            int index = dice.oneIn(2) ? redis.items.size() - 1 : dice.below(redis.items.size());
            log.redis(Command.XDEL, log.settings.stream(), ids().get(index));
            redis.remove(index);
        }
    }

    /** Deletes everything; or another program writes, with an ID that is not far above. */
    private void rarely() {
        if (dice.oneIn(3)) {
            await(real.delete());
            result(simulated.delete());
        } else if (redis.delivery == Delivery.IDEMPOTENT) {
            long id = (redis.exists() ? SimulatedRedis.part(redis.lastId(), true) : 0) + 1 + dice.below(3);
            log.redis(Command.XADD, log.settings.stream(), id + "-0", "hello", "there");
            redis.add(id, 0, null);
        } else {
            log.redis(Command.XADD, log.settings.stream(), "*", "hello", "there");
            redis.add(redis.nextMillis(), redis.nextSequence(), null);
        }
    }

    private String plain(String id) {
        return redis.delivery == Delivery.IDEMPOTENT ? id : "some id";
    }

    private Entry plain(Entry entry) {
        return new Entry(plain(entry.id()), entry.segment(), entry.record());
    }

    private Top plain(Top top) {
        return new Top(plain(top.id()), top.entry().map(this::plain));
    }

    private <T> T result(Future<T> future) {
        while (!future.isComplete()) {
            assertTrue(world.step());
        }
        return future.result();
    }
}
