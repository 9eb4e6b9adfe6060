package rocketrides.consumer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static rocketrides.runtime.Faults.Point.CONSUMER_BEFORE_SAVE;
import static rocketrides.testing.Eventually.eventually;
import static rocketrides.testing.TestLog.await;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import rocketrides.config.Settings.Delivery;
import rocketrides.consumer.Consumer.Source;
import rocketrides.rides.TotalDistance;
import rocketrides.runtime.Events;
import rocketrides.runtime.Events.Consumed;
import rocketrides.runtime.Events.Crash;
import rocketrides.runtime.Events.Failed;
import rocketrides.runtime.Events.Gone;
import rocketrides.runtime.Events.Pause;
import rocketrides.runtime.Events.StepEnded;
import rocketrides.runtime.Faults;
import rocketrides.testing.LogCapture;
import rocketrides.testing.TestLog;
import rocketrides.testing.TestRole;

@ExtendWith(VertxExtension.class)
class ConsumerVerticleTest {
    private Vertx vertx;
    private TestLog log;

    @BeforeEach
    void start(Vertx vertx) {
        this.vertx = vertx;
        log = new TestLog(vertx, Delivery.AT_LEAST_ONCE);
    }

    @AfterEach
    void close() {
        log.close();
    }

    /** Deploys {@code consumer0}, {@code consumer1}, … */
    private List<String> deploy(int count, Faults faults) {
        return IntStream.range(0, count)
                .mapToObj(i -> await(vertx.deployVerticle(verticle("consumer" + i, faults, this::source))))
                .toList();
    }

    private ConsumerVerticle verticle(String consumer, Faults faults, Supplier<Source> sources) {
        var instance = Instance.of(consumer);
        var checkpoints = new PostgresCheckpoints(log.pool(TestRole.CONSUMER), instance, new TotalDistance());
        return new ConsumerVerticle(instance, 1000, checkpoints, sources, faults);
    }

    private void undeploy(List<String> ids) {
        await(Future.all(ids.stream().map(vertx::undeploy).toList()));
    }

    private Source source() {
        return new Source(log.store(TestRole.CONSUMER), log.stream(TestRole.CONSUMER));
    }

    private void awaitCounted(String consumer) {
        eventually(consumer + " has counted everything", () -> log.ridesTotal().equals(log.total(consumer)));
    }

    /** In the order in which they were said. */
    private static List<String> errors(LogCapture said) {
        return said.lines().stream().filter(line -> line.startsWith("ERROR")).toList();
    }

    /**
     * Broken: a consumer crashes at its first save, again and again, often before its deployment has ended. Must hold: it is
     * started again every time, and counts everything once. The one that crashed does nothing any more.
     */
    @Test
    void startsAConsumerAgainHoweverEarlyItCrashes() {
        log.stageAndRelay(50);
        var crashes = new AtomicInteger(100);
        var ended = new CopyOnWriteArrayList<StepEnded>();
        Events.on(vertx, StepEnded.class, step -> {
            if (step.ended()) {
                ended.add(step);
            }
        });
        try (var said = new LogCapture()) {
            deploy(2, Faults.scripted(point -> crashes.getAndDecrement() > 0));
            eventually(
                    () -> "both consumers are at the head; crashes left: " + crashes,
                    () -> log.number("SELECT count(*) FROM checkpoints WHERE last_offset = 50") == 2);
            assertEquals(
                    List.of(),
                    said.lines().stream()
                            .filter(line -> line.contains("keeps trying"))
                            .toList());
        }
        assertEquals(log.ridesTotal(), log.total("consumer0"));
        assertEquals(log.ridesTotal(), log.total("consumer1"));
        assertEquals(100, log.number("SELECT sum(simulated_crashes)::bigint FROM checkpoints"));
        assertEquals(List.of(), ended, "none has stopped for good");
    }

    @Test
    void saysWhatEachConsumerHasConsumedAndThatItIsGone() {
        var consumed = new CopyOnWriteArrayList<String>();
        var gone = new CopyOnWriteArrayList<String>();
        Events.on(vertx, Consumed.class, event -> consumed.add(event.consumer() + " to " + event.offset()));
        Events.on(vertx, Gone.class, event -> gone.add(event.loop()));
        log.stageAndRelay(5);
        var ids = deploy(2, Faults.NONE);
        eventually(
                () -> "both said it: " + consumed,
                () -> consumed.containsAll(List.of("consumer0 to 5", "consumer1 to 5")));
        assertEquals(List.of(), gone);
        undeploy(ids);
        eventually(() -> "both are gone: " + gone, () -> gone.containsAll(List.of("consumer0", "consumer1")));
    }

    /** Broken: it crashes all the time, also while it is taken down for good. Must hold: that is no failure. */
    @Test
    void takesDownQuietlyWhatCrashesMeanwhile() {
        log.stageAndRelay(50);
        var crashes = new AtomicInteger();
        var faults = Faults.scripted(point -> crashes.incrementAndGet() > 0);
        try (var said = new LogCapture()) {
            for (int i = 0; i < 20; i++) {
                var ids = deploy(3, faults);
                long before = crashes.get();
                eventually("it has crashed 20 times", () -> crashes.get() >= before + 20);
                undeploy(ids);
            }
            assertEquals(List.of(), errors(said));
        }
    }

    /** Broken: Postgres is restored, and meanwhile the consumer is taken down, as its lease has ended. Must hold: an alarm. */
    @Test
    void isLoudAboutACheckpointThatWentBackWhileItWasDown() {
        log.stageAndRelay(50);
        var instance = Instance.of("consumer0");
        var checkpoints = PostgresCheckpoints.in(log.pool(TestRole.CONSUMER));
        Supplier<ConsumerVerticle> next = () -> new ConsumerVerticle(
                instance, 1000, checkpoints.apply(instance, new TotalDistance()), this::source, Faults.NONE);
        var id = await(vertx.deployVerticle(next.get()));
        awaitCounted("consumer0");
        await(vertx.undeploy(id));
        log.sql("UPDATE checkpoints SET last_offset = 20");
        try (var said = new LogCapture()) {
            await(vertx.deployVerticle(next.get()));
            eventually(() -> "an alarm in " + errors(said), () -> errors(said).stream()
                    .anyMatch(line -> line.contains("went back from 50 to 20")));
        }
    }

    /** Broken: it cannot be started again after a crash. Must hold: that is said; an order to go on tries again. */
    @Test
    void saysThatAConsumerStaysDown() {
        log.stageAndRelay(3);
        var broken = new AtomicBoolean();
        try (var said = new LogCapture()) {
            await(vertx.deployVerticle(verticle("consumer0", Faults.NONE, () -> {
                if (broken.get()) {
                    throw new IllegalStateException("no more connections");
                }
                return source();
            })));
            awaitCounted("consumer0");
            crash("consumer0", 1);
            log.stageAndRelay(3);
            awaitCounted("consumer0");
            broken.set(true);
            crash("consumer0", 2);
            said.await(1, line -> line.startsWith("ERROR"));
            assertEquals(
                    List.of("ERROR " + ConsumerVerticle.class.getName()
                            + " consumer0 could not be started again after its crash"),
                    errors(said));
        }
        broken.set(false);
        log.stageAndRelay(3);
        Events.publish(vertx, new Pause("consumer0", false));
        awaitCounted("consumer0");
    }

    /** Orders it, and waits until it has been counted. */
    private void crash(String consumer, int times) {
        Events.publish(vertx, new Crash(consumer));
        eventually(
                consumer + "'s crash is counted",
                () -> log.number("SELECT simulated_crashes FROM checkpoints WHERE name = $1", consumer) == times);
    }

    @Test
    void aCrashThatIsOrderedIsToldAndCounted() {
        log.stageAndRelay(3);
        var told = new CopyOnWriteArrayList<Failed>();
        Events.on(vertx, Failed.class, told::add);
        deploy(2, Faults.NONE);
        awaitCounted("consumer0");
        awaitCounted("consumer1");
        Events.publish(vertx, new Crash("consumer7")); // of another process
        crash("consumer1", 1);
        assertEquals(List.of(new Failed(CONSUMER_BEFORE_SAVE, "consumer1")), told);
        log.stageAndRelay(3);
        awaitCounted("consumer0");
        awaitCounted("consumer1");
        assertEquals(1, log.number("SELECT sum(simulated_crashes)::bigint FROM checkpoints"));
    }

    @Test
    void aConsumerThatIsPausedCountsNothingUntilItGoesOn() {
        log.stageAndRelay(3);
        var before = log.ridesTotal();
        try (var said = new LogCapture()) {
            deploy(2, Faults.NONE);
            awaitCounted("consumer0");
            awaitCounted("consumer1");
            Events.publish(vertx, new Pause("consumer7", true)); // of another process
            Events.publish(vertx, new Pause("consumer1", false)); // goes on already
            Events.publish(vertx, new Pause("consumer0", true));
            said.await(1, line -> line.contains("consumer0 is paused"));
            Events.publish(vertx, new Crash("consumer0")); // is no reason to start it
            log.stageAndRelay(3);
            awaitCounted("consumer1");
            assertEquals(before, log.total("consumer0"));
            Events.publish(vertx, new Pause("consumer0", false));
            awaitCounted("consumer0");
            assertEquals(0, log.number("SELECT sum(simulated_crashes)::bigint FROM checkpoints"));
            assertEquals(List.of(), errors(said));
            assertEquals(
                    List.of(),
                    said.lines().stream().filter(line -> line.contains("again")).toList(),
                    "a read that a pause has ended is no outage");
        }
    }

    /** Broken: the checkpoint is of another projection. Must hold: it stays down, with an alarm; its neighbour goes on. */
    @Test
    void aConsumerThatCannotGoOnStaysDownWithAnAlarm() {
        log.sql("INSERT INTO checkpoints (name, projection, last_offset) VALUES ('consumer0', 'revenue', 0)");
        var ended = new CopyOnWriteArrayList<String>();
        Events.on(vertx, StepEnded.class, step -> {
            if (step.ended()) {
                ended.add(step.role());
            }
        });
        try (var said = new LogCapture()) {
            deploy(2, Faults.NONE);
            eventually("its last step has ended", () -> ended.equals(List.of("consumer0")));
            log.stageAndRelay(3);
            awaitCounted("consumer1");
            var errors = errors(said);
            assertEquals(1, errors.size(), errors::toString);
            assertTrue(
                    errors.get(0).contains("ALARM: consumer0 stopped: its checkpoint is of the projection"),
                    errors::toString);
        }
    }

    /** Broken: every statement fails. Must hold: that is no end, and it goes on as soon as they work. */
    @Test
    void aFailureThatMayPassIsNoEnd() {
        log.stageAndRelay(3);
        log.sql("ALTER TABLE checkpoints RENAME TO away");
        try (var said = new LogCapture()) {
            deploy(1, Faults.NONE);
            said.await(1, line -> line.contains("consumer0 is failing and keeps trying"));
            log.sql("ALTER TABLE away RENAME TO checkpoints");
            awaitCounted("consumer0");
            assertEquals(List.of(), errors(said));
        }
    }

    /** Must hold: whoever takes its place finds what it was saving. */
    @Test
    void aSaveThatIsUnderWayIsWaitedForWhenTheConsumerIsTakenDown() {
        log.stageAndRelay(3);
        await(log.consumer("c").runOnce()); // registers
        var held = log.hold("SELECT FROM checkpoints FOR UPDATE");
        var id = await(vertx.deployVerticle(verticle("c", Faults.NONE, this::source)));
        eventually(
                "its save waits",
                () -> log.number("SELECT count(*) FROM pg_stat_activity"
                                + " WHERE wait_event_type = 'Lock' AND datname = current_database()")
                        == 1);
        var down = vertx.undeploy(id);
        assertFalse(down.isComplete());
        held.close();
        await(down);
        assertEquals(log.ridesTotal(), log.total("c"));
    }
}
