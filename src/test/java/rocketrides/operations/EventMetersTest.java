package rocketrides.operations;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static rocketrides.testing.Eventually.eventually;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import rocketrides.runtime.Events;

@ExtendWith(VertxExtension.class)
class EventMetersTest {
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private volatile long now;
    private Vertx vertx;
    private int told;

    @BeforeEach
    void listen(Vertx vertx) {
        this.vertx = vertx;
        Events.register(vertx);
        var meters = new EventMeters(registry, () -> now);
        Future.future(listening -> vertx.getOrCreateContext().runOnContext(ignored -> {
                    meters.listen(vertx);
                    listening.complete();
                }))
                .await();
        consumed(1);
    }

    /** Returns when the event has been handled completely: the marker after it is handled on the same context. */
    private void tell(Record event) {
        Events.publish(vertx, event);
        Events.publish(vertx, new Events.Staged(1));
        told++;
        eventually(
                "handled", () -> registry.counter("rocketrides.records.staged").count() == told);
    }

    private void sealed(long offset) {
        tell(new Events.Sealed(0, offset, offset));
    }

    private void published(long offset) {
        tell(new Events.Published(0, offset, offset, 0));
    }

    private void consumed(long offset) {
        tell(new Events.Consumed("c", 0, offset, 1, 0, 0, 0, null));
    }

    private void assertLatency(long count, double nanos) {
        var latency = registry.timer("rocketrides.consumer.latency", "consumer", "c");
        assertEquals(count, latency.count());
        assertEquals(nanos, latency.totalTime(TimeUnit.NANOSECONDS));
    }

    @Test
    void aLatencyIsFromPublishedToConsumed() {
        sealed(2);
        now = 5;
        published(2);
        now = 12;
        consumed(2);
        assertLatency(1, 7);
    }

    /** What is told of two threads comes in any order. */
    @Test
    void aConsumerThatIsFasterThanTheNewsOfWhatItHasReadHasALatency() {
        sealed(2);
        now = 3;
        consumed(2);
        now = 5;
        published(2);
        assertLatency(1, 5);
        now = 6;
        sealed(3);
        published(3);
        now = 10;
        consumed(3);
        assertLatency(2, 9);
    }

    /** How long its first batch took is not known. */
    @Test
    void ofTheFirstBatchThereIsNoLatency() {
        sealed(1);
        published(1);
        assertLatency(0, 0);
    }
}
