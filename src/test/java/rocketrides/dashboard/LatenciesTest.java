package rocketrides.dashboard;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.vertx.core.json.JsonObject;
import org.junit.jupiter.api.Test;

class LatenciesTest {
    private final Latencies latencies = new Latencies();

    @Test
    void lastsFromTheRideToTheFirstCheckpointAtOrPastIt() {
        latencies.consumed("consumer0", 10, 1_000);
        latencies.consumed("consumer0", 20, 1_040);
        latencies.consumed("consumer0", 30, 1_900);
        latencies.sample(15, 1_010);
        assertEquals(said(30, 30, 1), latencies.toJson("consumer0", 2_000));
    }

    @Test
    void waitsForAConsumerThatIsBehindHoweverLongItTakes() {
        latencies.consumed("consumer0", 10, 1_000);
        latencies.sample(11, 1_010);
        assertNull(latencies.toJson("consumer0", 1_500));
        latencies.consumed("consumer0", 12, 9_010);
        assertEquals(said(8_000, 8_000, 1), latencies.toJson("consumer0", 9_020));
    }

    @Test
    void doesNotGuessWhatWasConsumedBeforeAnybodyLooked() {
        latencies.consumed("consumer0", 10, 1_000);
        latencies.sample(9, 1);
        latencies.sample(10, 1);
        assertNull(latencies.toJson("consumer0", 1_000));
        assertNull(latencies.toJson("somewhere-else", 1_000));
    }

    @Test
    void givesPercentilesOfTheLastHalfMinute() {
        latencies.consumed("consumer0", 0, 0);
        for (int i = 1; i <= 100; i++) {
            latencies.sample(i, 10_000 - i);
        }
        latencies.consumed("consumer0", 100, 10_000);
        assertEquals(said(50, 99, 100), latencies.toJson("consumer0", 40_000));
        assertNull(latencies.toJson("consumer0", 40_001));
    }

    private static JsonObject said(double p50, double p99, int samples) {
        return new JsonObject().put("p50", p50).put("p99", p99).put("samples", samples);
    }
}
