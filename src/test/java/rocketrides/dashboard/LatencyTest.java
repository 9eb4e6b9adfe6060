package rocketrides.dashboard;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.vertx.core.json.JsonObject;
import org.junit.jupiter.api.Test;

class LatencyTest {
    private final Latency latency = new Latency();

    @Test
    void lastsFromTheWritingToTheFirstCheckpointAtOrPastIt() {
        latency.consumed(10, 1_000);
        latency.consumed(20, 1_040);
        latency.consumed(30, 1_900);
        latency.sample(15, 1_010);
        assertEquals(said(30, 30), latency.toJson(2_000));
    }

    @Test
    void waitsForAConsumerThatIsBehindHoweverLongItTakes() {
        latency.consumed(10, 1_000);
        latency.sample(11, 1_010);
        assertNull(latency.toJson(1_500));
        latency.consumed(12, 9_010);
        assertEquals(said(8_000, 8_000), latency.toJson(9_020));
    }

    @Test
    void doesNotGuessWhatWasConsumedBeforeAnybodyLooked() {
        latency.consumed(10, 1_000);
        latency.sample(9, 1);
        latency.sample(10, 1);
        assertNull(latency.toJson(1_000));
    }

    @Test
    void givesPercentilesOfTheLastHalfMinute() {
        latency.consumed(0, 0);
        for (int i = 1; i <= 100; i++) {
            latency.sample(i, 10_000 - i);
        }
        latency.consumed(100, 10_000);
        assertEquals(said(50, 99), latency.toJson(40_000));
        assertNull(latency.toJson(40_001));
    }

    private static JsonObject said(double p50, double p99) {
        return new JsonObject().put("p50", p50).put("p99", p99);
    }
}
