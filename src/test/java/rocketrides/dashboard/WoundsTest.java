package rocketrides.dashboard;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static rocketrides.dashboard.ChartHistoryTest.status;

import io.vertx.core.json.JsonObject;
import java.util.Map;
import org.junit.jupiter.api.Test;
import rocketrides.dashboard.Ordered.Harm;
import rocketrides.runtime.Events;
import rocketrides.runtime.Faults;
import rocketrides.status.Status;

class WoundsTest {
    private static final Map<String, String> NO_FAULTS = Map.of();
    private static final Map<String, String> PAUSED = Map.of("consumer1", "paused");

    private final Wounds wounds = new Wounds();
    private final Map<String, Latency> passes = Map.of("consumer0", new Latency(), "consumer1", new Latency());

    @Test
    void aPausedConsumerIsShownUntilItHasReadWhatItMissed() {
        order("paused consumer1", Harm.CONSUMER_PAUSED, "consumer1", false, 1_000);
        read(status(10, 10, 10), PAUSED, 1_300);
        read(status(2_441, 2_441, 10), PAUSED, 12_000);
        assertEquals("until it is resumed", state());
        order("resumed consumer1", Harm.CONSUMER_PAUSED, "consumer1", true, 13_000);
        read(status(2_441, 2_441, 10), NO_FAULTS, 13_300);
        read(status(2_441, 2_441, 10), NO_FAULTS, 13_600);
        assertEquals("waits for consumer1, 2,431 records to go", state());
        consumed("consumer0", 2_500, 7, 0, 16_000);
        consumed("consumer1", 2_441, 0, 2_431, 16_200);
        read(status(2_500, 2_500, 2_441), NO_FAULTS, 16_500);
        assertEquals(
                "goes on after 12.0 s, consumer1 read 2,431 records from Postgres, level again after 3.2 s", state());
        assertEquals(0, read(status(2_500, 2_500, 2_500), NO_FAULTS, 20_000));
        assertEquals(1, read(status(2_500, 2_500, 2_500), NO_FAULTS, 30_000));
        assertEquals(0, wounds.toJson().size());
    }

    /** What was in the stream is missed by whoever had not read it: here by a consumer that is paused. */
    @Test
    void aDeletedStreamHasHealedWhenTheLastConsumerIsPastIt() {
        order("deleted the stream", Harm.STREAM_DELETED, null, false, 1_000);
        read(status(10, 10, 4), PAUSED, 1_300);
        read(status(12, 12, 4), PAUSED, 1_600);
        assertEquals("waits for consumer1, 8 records to go", state());
        consumed("consumer0", 99, 0, 0, 8_900);
        read(status(99, 99, 4), PAUSED, 9_000);
        assertEquals("waits for consumer1, 8 records to go", state());
        consumed("consumer1", 12, 0, 6, 9_500);
        read(status(99, 99, 12), NO_FAULTS, 9_600);
        assertEquals("consumer1 read 6 records from Postgres, level again after 8.5 s", state());
    }

    /** The first reading after the order may have begun before it. */
    @Test
    void aStreamThatEveryoneHadReadIsNoLoss() {
        consumed("consumer0", 10, 0, 0, 500);
        consumed("consumer1", 10, 0, 0, 600);
        order("deleted the stream", Harm.STREAM_DELETED, null, false, 1_000);
        read(status(10, 10, 10), NO_FAULTS, 1_100);
        assertEquals("just now", state());
        read(status(10, 10, 10), NO_FAULTS, 1_400);
        assertEquals("every consumer had read what was in it", state());
    }

    @Test
    void aStreamerThatIsToDieHasHealedWhenItHasSentAgain() {
        order("crashed streamer0", Harm.STREAMER_CRASHED, "streamer0", false, 1_000);
        read(status(10, 10, 10), NO_FAULTS, 1_300);
        read(status(10, 10, 10), NO_FAULTS, 60_000);
        assertEquals("it dies after its next send", state());
        wounds.failed(new Events.Failed(Faults.Point.STREAMER_AFTER_PUBLISH, "streamer1"), 60_000);
        read(status(10, 10, 10), NO_FAULTS, 60_300);
        assertEquals("it dies after its next send", state());
        wounds.failed(new Events.Failed(Faults.Point.STREAMER_AFTER_PUBLISH, "streamer0"), 61_000);
        read(status(12, 12, 12), NO_FAULTS, 61_100);
        consumed("consumer0", 12, 2, 0, 61_200);
        consumed("consumer1", 12, 2, 0, 61_500);
        read(status(12, 12, 12), NO_FAULTS, 61_600);
        assertEquals("sent again what it had not marked, 4 duplicates skipped, level again after 0.5 s", state());
    }

    @Test
    void failuresAreShownUntilTheirRateIsZeroAgain() {
        var failed = new Events.Failed(Faults.Point.CONSUMER_BEFORE_SAVE, "consumer0");
        order("set consumer-before-save to 0 %", Harm.FAILURES, "consumer-before-save", true, 500);
        assertEquals(0, wounds.toJson().size(), "the end of what nobody began is no wound");
        order("set consumer-before-save to 10 %", Harm.FAILURES, "consumer-before-save", false, 1_000);
        wounds.failed(failed, 1_100);
        order("set consumer-before-save to 50 %", Harm.FAILURES, "consumer-before-save", false, 2_000);
        wounds.failed(failed, 2_100);
        read(status(10, 9, 10), NO_FAULTS, 2_300);
        read(status(10, 9, 10), NO_FAULTS, 2_600);
        assertEquals("set consumer-before-save to 50 %", wound().getString("text"));
        assertEquals("2 failures so far, until it is zero", state());
        order("set consumer-before-save to 0 %", Harm.FAILURES, "consumer-before-save", true, 90_000);
        consumed("consumer0", 10, 0, 0, 90_100);
        consumed("consumer1", 10, 0, 0, 80_000);
        read(status(10, 10, 10), NO_FAULTS, 90_300);
        read(status(10, 10, 10), NO_FAULTS, 90_600);
        assertEquals("ended after 89 s and 2 failures, level again after 0.1 s", state());
    }

    /** A consumer that is down already does not crash, and one that another process has taken over is not paused. */
    @Test
    void whatHasNoEffectIsNotShownForEver() {
        order("crashed consumer0", Harm.CONSUMER_CRASHED, "consumer0", false, 1_000);
        order("paused consumer1", Harm.CONSUMER_PAUSED, "consumer1", false, 1_000);
        for (int at = 1_300; at < 8_000; at += 300) {
            read(status(10, 10, 10), NO_FAULTS, at);
        }
        read(status(10, 10, 10), NO_FAULTS, 60_000);
        assertEquals(0, wounds.toJson().size());
    }

    private void order(String text, Harm harm, String of, boolean mends, double at) {
        wounds.ordered(new Ordered(text, harm, of, mends), at);
    }

    private void consumed(String consumer, long offset, int duplicates, int healed, double at) {
        passes.get(consumer).consumed(0, offset, at);
        wounds.consumed(new Events.Consumed(consumer, 0, offset, 1, duplicates, healed, 0, ""));
    }

    private int read(Status now, Map<String, String> faults, double at) {
        return wounds.read(now, faults, passes, at).size();
    }

    private JsonObject wound() {
        return wounds.toJson().getJsonObject(0);
    }

    private String state() {
        return wound().getString("state");
    }
}
