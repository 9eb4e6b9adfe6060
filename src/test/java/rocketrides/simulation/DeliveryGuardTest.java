package rocketrides.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.Future;
import java.lang.reflect.Proxy;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import rocketrides.config.Settings.Delivery;
import rocketrides.log.DeliveryGuard;
import rocketrides.log.LogStream;
import rocketrides.log.UnusableLogException;

/** Tests the guard with an idempotent stream that refuses IDs, on a simulated stream. */
class DeliveryGuardTest {
    private final World world = new World(1, 1_000, false);
    private final SimulatedPostgres postgres = new SimulatedPostgres(world, Mutant.NONE, 1);
    private final SimulatedRedis redis = new SimulatedRedis(world, 0, Delivery.IDEMPOTENT, Mutant.NONE, 100);
    private final Client client = new Client(world, "streamer");
    private final SimulatedSegmentStore store = new SimulatedSegmentStore(postgres, client, 0);
    private final SimulatedLogStream stream = new SimulatedLogStream(redis, postgres, client);
    private final DeliveryGuard guard = guardOf(Delivery.IDEMPOTENT);
    private final QuietLog log = QuietLog.open();

    @BeforeEach
    void publishThree() {
        world.ready(new Writer(postgres, 3, new Dice(1), false, 0));
        while (world.step()) {}
        result(new SimulatedStagedRecords(postgres, client, all -> true).seal(3));
        assertEquals(0, result(stream.publish(result(store.unpublished(1)).get(0))));
    }

    @AfterEach
    void closeLog() {
        log.close();
    }

    @Test
    void aStreamThatHasComeThatFarStays() {
        assertFalse(result(guard.repair(3)));
        assertEquals(3, redis.items.size());
    }

    /** Otherwise every later segment would be refused, and marked as published without being there. */
    @Test
    void aStreamThatRemembersADeletedHigherIdIsDeleted() {
        redis.add(1_000_000, 0, null);
        redis.remove(3);

        assertTrue(result(guard.repair(4)));
        assertFalse(redis.exists());
    }

    /**
     * Broken: another program has written into the stream, and a streamer starts. Must hold: the streamer does not
     * stop.
     */
    @Test
    void aStrangersEntryInOurStreamDoesNotEndAStart() {
        redis.add(1_000_000, 0, null);

        var checked = guard.check();
        result(checked);
        assertTrue(checked.succeeded());
        assertFalse(redis.exists());
    }

    @Test
    void aStreamThatIsNotOursIsLeftAlone() {
        redis.forget();
        redis.add(1_000_000, 0, null);

        var checked = guard.check();
        result(checked);
        assertTrue(checked.failed());
        assertEquals(1, redis.items.size());
    }

    /** The segment was refused by a stream that another streamer has deleted and refilled since. */
    @Test
    void aStreamThatHasNotComeThatFarIsPublishedToAgain() {
        assertTrue(result(guard.repair(4)));
        assertEquals(3, redis.items.size());
    }

    @Test
    void aStreamOfAnAbandonedHistoryIsDeleted() {
        postgres.restore(new Tables(1));

        assertTrue(result(guard.repair(3)));
        assertFalse(redis.exists());
    }

    /** A key keeps the last ID of a stream without entries, and would refuse lower IDs. */
    @Test
    void anEmptiedStreamIsDeletedAtTheStartOfIdempotentDeliveryAndOfNoOther() {
        redis.trim(3);
        result(guardOf(Delivery.AT_LEAST_ONCE).check());
        assertTrue(redis.exists());
        result(guard.check());
        assertFalse(redis.exists());
    }

    /** Broken: another streamer fills a new stream between two reads of it. Must hold: what it has published stays. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aStreamThatAnotherStreamerBeginsMeanwhileStays(boolean afterTop) {
        var segment = result(store.unpublished(1)).get(0);
        redis.forget();
        var filling = (LogStream) Proxy.newProxyInstance(
                LogStream.class.getClassLoader(), new Class<?>[] {LogStream.class}, (proxy, method, arguments) -> {
                    var answer = (Future<?>) method.invoke(stream, arguments);
                    return method.getName().equals(afterTop ? "top" : "lastGeneratedId")
                            ? answer.compose(seen -> stream.publish(segment).map((Object) seen))
                            : answer;
                });

        var checked = new DeliveryGuard("stream", Delivery.IDEMPOTENT, filling, store).check();
        result(checked);
        assertTrue(checked.succeeded());
        assertEquals(3, redis.items.size());
    }

    @Test
    void aStreamOfTheOtherDeliveryIsRefused() {
        var checked = guardOf(Delivery.AT_LEAST_ONCE).check();
        result(checked);
        assertInstanceOf(UnusableLogException.class, checked.cause());
        assertTrue(checked.cause().getMessage().contains("log.delivery idempotent, this is at-least-once"));
        assertEquals(3, redis.items.size());
    }

    private DeliveryGuard guardOf(Delivery delivery) {
        return new DeliveryGuard("rides", delivery, stream, store);
    }

    private <T> T result(Future<T> future) {
        while (!future.isComplete() && world.step()) {}
        return future.result();
    }
}
