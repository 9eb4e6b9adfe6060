package rocketrides.dashboard;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.vertx.core.json.JsonObject;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LatencyTest {
    private final Latency latency = new Latency();

    @Test
    void lastsFromTheWritingToTheFirstCheckpointAtOrPastIt() {
        latency.consumed(0, 10, 1_000);
        latency.consumed(0, 20, 1_040);
        latency.consumed(0, 30, 1_900);
        latency.sample(0, 15, 1_010);
        assertEquals(said(30, 30), latency.toJson(2_000));
    }

    @Test
    void waitsForAConsumerThatIsBehindHoweverLongItTakes() {
        latency.consumed(0, 10, 1_000);
        latency.sample(0, 11, 1_010);
        assertNull(latency.toJson(1_500));
        latency.consumed(0, 12, 9_010);
        assertEquals(said(8_000, 8_000), latency.toJson(9_020));
    }

    @Test
    void doesNotGuessWhatWasConsumedBeforeAnybodyLooked() {
        latency.consumed(0, 10, 1_000);
        latency.sample(0, 9, 1);
        latency.sample(0, 10, 1);
        assertNull(latency.toJson(1_000));
    }

    @Test
    void givesPercentilesOfTheLastHalfMinute() {
        latency.consumed(0, 0, 0);
        for (int i = 1; i <= 100; i++) {
            latency.sample(0, i, 10_000 - i);
        }
        latency.consumed(0, 100, 10_000);
        assertEquals(said(50, 99), latency.toJson(40_000));
        assertNull(latency.toJson(40_001));
    }

    @Test
    void eachPartitionHasOffsetsOfItsOwn() {
        latency.consumed(0, 10, 1_000);
        latency.consumed(1, 3, 1_000);
        latency.sample(1, 4, 1_010);
        latency.consumed(0, 20, 1_020);
        assertNull(latency.toJson(1_500));
        latency.consumed(1, 5, 1_050);
        assertEquals(said(40, 40), latency.toJson(1_500));
        assertEquals(1_050, latency.reached(Map.of(0, 15L, 1, 5L)));
        assertNull(latency.reached(Map.of(0, 21L, 1, 5L)));
    }

    private static JsonObject said(double p50, double p99) {
        return new JsonObject().put("p50", p50).put("p99", p99);
    }
}
